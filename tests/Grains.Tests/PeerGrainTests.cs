using Orleans.Runtime;

namespace IppanFleet.Grains.Tests;

[Trait("area", "fleet")]
public class PeerGrainTests
{
    private static readonly DateTimeOffset At = DateTimeOffset.UnixEpoch.AddYears(50);
    private static readonly GrainId Id = GrainId.Create("ippan-peer", "node-1/p");

    [Fact]
    public async Task Reports_AddUp_AndLaterClaimsReplaceEarlierOnes()
    {
        await using var cluster = await FleetCluster.StartAsync();
        var peer = cluster.Cluster.Client.GetGrain<IPeerGrain>("node-1/p");
        (await peer.Find()).ShouldBeNull();
        await peer.Report(Report() with { Connections = 1, Accepted = 3, Address = "/memory/1", RoundTripTime = TimeSpan.FromMilliseconds(5) });
        await peer.Report(Report() with { At = At.AddSeconds(9), Accepted = 4, Rejected = 1, Agent = "a/1", Protocols = ["/x"], Band = PeerBand.Suspect, Penalty = 1.5 });
        await peer.Report(Report() with { At = At.AddSeconds(10), IsConnected = false, Band = PeerBand.Banned });

        var record = (await peer.Find())!;
        (record.Node, record.PeerId).ShouldBe(("node-1", "p"));
        (record.FirstSeen, record.LastSeen, record.IsConnected).ShouldBe((At, At.AddSeconds(10), false));
        (record.Connections, record.Accepted, record.Rejected).ShouldBe((1, 7, 1));
        (record.Address, record.Agent, record.RoundTripTime).ShouldBe(("/memory/1", "a/1", TimeSpan.FromMilliseconds(5)));
        record.Protocols.ShouldBe(["/x"]);
        record.Band.ShouldBe(PeerBand.Banned);
    }

    [Fact]
    public async Task Figures_AreWrittenWithTheNextMeaningfulChange_OrAtTheEnd()
    {
        await using var cluster = await FleetCluster.StartAsync(silos: 2);
        var peer = cluster.Cluster.Client.GetGrain<IPeerGrain>("node-1/p");
        await peer.Report(Report() with { IsMeaningful = true, Accepted = 1 });
        await peer.Report(Report() with { Accepted = 1 });
        cluster.Nodes.Storage.Peek<PeerState>("peer", Id).Accepted.ShouldBe(1);
        await peer.Report(Report() with { Accepted = 1, IsMeaningful = true });
        cluster.Nodes.Storage.Peek<PeerState>("peer", Id).Accepted.ShouldBe(3);
        await peer.Report(Report() with { Accepted = 1 });
        foreach (var silo in cluster.Cluster.Silos.ToArray())
        {
            await cluster.Cluster.StartAdditionalSiloAsync();
            await cluster.Cluster.StopSiloAsync(silo);
        }

        cluster.Nodes.Storage.Peek<PeerState>("peer", Id).Accepted.ShouldBe(4);
        (await peer.Find())!.Accepted.ShouldBe(4);
    }

    [Fact]
    public async Task Storage_ThatIsDown_LosesNoCounts()
    {
        await using var cluster = await FleetCluster.StartAsync();
        var peer = cluster.Cluster.Client.GetGrain<IPeerGrain>("node-1/p");
        await peer.Report(Report() with { IsMeaningful = true, Accepted = 1 });
        cluster.Nodes.Storage.IsDown = true;
        await Should.ThrowAsync<IOException>(() => peer.Report(Report() with { IsMeaningful = true, Accepted = 1 }));
        cluster.Nodes.Storage.IsDown = false;
        await peer.Report(Report() with { IsMeaningful = true, Accepted = 1 });
        cluster.Nodes.Storage.Peek<PeerState>("peer", Id).Accepted.ShouldBe(3);
    }

    [Fact]
    public async Task Node_StartsWithWhereItsKnownPeersListen()
    {
        await using var cluster = await FleetCluster.StartAsync();
        cluster.Nodes.Storage.Change<NodeState>("node", GrainId.Create("ippan-node", "node-1"), state => state.KnownPeers = ["/memory/9/p2p/p", "/memory/8/p2p/unknown"]);
        await cluster.Cluster.Client.GetGrain<IPeerGrain>("node-1/p").Report(Report() with { ListenAddresses = ["/memory/9", "/memory/10"] });
        await cluster.Cluster.Client.GetGrain<INodeGrain>("node-1").Ensure(new NodeSpec { Name = "node-1" });
        cluster.Nodes.SiblingsOf["node-1"].ShouldBe(["/memory/9/p2p/p", "/memory/8/p2p/unknown", "/memory/10/p2p/p"]);
    }

    [Fact]
    public async Task Node_AnswersWithAPageOfItsPeers()
    {
        await using var cluster = await FleetCluster.StartAsync();
        var node = cluster.Cluster.Client.GetGrain<INodeGrain>("node-1");
        (await node.Peers(1, 2)).Select(peer => peer.PeerId).ShouldBe(["p1 of node-1", "p2 of node-1"]);
        (await node.Peers(-1, 100_000)).Length.ShouldBe(5);
    }

    private static PeerReport Report() => new() { Node = "node-1", PeerId = "p", At = At, IsConnected = true };
}
