using Orleans.Runtime;

namespace IppanFleet.Grains.Tests;

/// <summary>A node runs in one place at a time.</summary>
public sealed class NodeLeaseTests
{
    private static readonly NodeSpec Spec = new() { Name = "node-1", Identity = "node-1" };
    private static readonly GrainId Id = GrainId.Create("ippan-node", "node-1");

    [Fact]
    public async Task Start_TakesTheLease_AndRenewsIt()
    {
        await using var cluster = await FleetCluster.StartAsync();
        cluster.Nodes.LeaseTime = TimeSpan.FromMilliseconds(200);
        await cluster.Cluster.Client.GetGrain<INodeGrain>("node-1").Ensure(Spec);
        var state = cluster.Nodes.Storage.Peek<NodeState>("node", Id);
        state.Epoch.ShouldBe(1);
        state.Holder.ShouldBe(cluster.Nodes.SiloOf["node-1"]);
        await FleetCluster.UntilAsync(() => Task.FromResult(cluster.Nodes.Renewals.GetValueOrDefault("node-1") > 3), "the lease is renewed");
    }

    [Fact]
    public async Task Holder_ThatMayLive_IsFencedAndWaitedFor()
    {
        await using var cluster = await FleetCluster.StartAsync();
        cluster.Nodes.LeaseTime = TimeSpan.FromMilliseconds(600);
        cluster.Nodes.Storage.Change<NodeState>("node", Id, state => (state.Holder, state.Epoch) = ("somewhere else", 7));
        var node = cluster.Cluster.Client.GetGrain<INodeGrain>("node-1");
        var begun = TimeProvider.System.GetTimestamp();
        await node.Ensure(Spec);
        cluster.Nodes.SiloOf.ShouldBeEmpty();
        var fenced = cluster.Nodes.Storage.Peek<NodeState>("node", Id);
        // The other one is refused from now on; should this silo die, the next one knows of it, too.
        fenced.Epoch.ShouldBe(8);
        fenced.Holder.ShouldBe("somewhere else");

        await FleetCluster.UntilAsync(
            async () =>
            {
                await node.Ensure(Spec);
                return cluster.Nodes.SiloOf.ContainsKey("node-1");
            },
            "the node runs");
        TimeProvider.System.GetElapsedTime(begun).ShouldBeGreaterThan(cluster.Nodes.LeaseTime);
        cluster.Nodes.Storage.Peek<NodeState>("node", Id).Epoch.ShouldBe(9);
    }

    [Theory]
    [InlineData("somewhere else")]
    [InlineData("")]
    public async Task Holder_ThatIsGone_IsNotWaitedFor(string holder)
    {
        await using var cluster = await FleetCluster.StartAsync();
        cluster.Nodes.Gone["somewhere else"] = true;
        cluster.Nodes.Storage.Change<NodeState>("node", Id, state => (state.Holder, state.Epoch) = (holder, 7));
        await cluster.Cluster.Client.GetGrain<INodeGrain>("node-1").Ensure(Spec);
        cluster.Nodes.SiloOf.ShouldContainKey("node-1");
        cluster.Nodes.Storage.Peek<NodeState>("node", Id).Epoch.ShouldBe(8);
    }

    [Fact]
    public async Task Holder_ThatWasFenced_StopsTheNode()
    {
        await using var cluster = await FleetCluster.StartAsync();
        cluster.Nodes.LeaseTime = TimeSpan.FromMilliseconds(200);
        await cluster.Cluster.Client.GetGrain<INodeGrain>("node-1").Ensure(Spec);
        cluster.Nodes.Storage.Change<NodeState>("node", Id, state => (state.Holder, state.Epoch) = ("somewhere else", state.Epoch + 1));
        await FleetCluster.UntilAsync(() => Task.FromResult(!cluster.Nodes.SiloOf.ContainsKey("node-1")), "the node stops");
        cluster.Nodes.Storage.Peek<NodeState>("node", Id).Holder.ShouldBe("somewhere else");
    }

    [Fact]
    public async Task KnownPeers_AreKeptAndGivenToTheNextStart()
    {
        await using var cluster = await FleetCluster.StartAsync(silos: 2);
        cluster.Nodes.LeaseTime = TimeSpan.FromMilliseconds(200);
        cluster.Nodes.KnownPeers = ["/memory/9/p2p/x"];
        await cluster.Cluster.Client.GetGrain<INodeGrain>("node-1").Ensure(Spec);
        await FleetCluster.UntilAsync(() => Task.FromResult(cluster.Nodes.Storage.Peek<NodeState>("node", Id).KnownPeers.Length == 1), "the peers are kept");
        // None at the moment is no reason to forget; and what changes often is not written often.
        cluster.Nodes.KnownPeers = [];
        await FleetCluster.UntilAsync(() => Task.FromResult(cluster.Nodes.Renewals["node-1"] > 3), "some renewals");
        cluster.Nodes.KnownPeers = ["/memory/10/p2p/y"];
        var renewals = cluster.Nodes.Renewals["node-1"];
        await FleetCluster.UntilAsync(() => Task.FromResult(cluster.Nodes.Renewals["node-1"] > renewals + 3), "some renewals");
        cluster.Nodes.Storage.Peek<NodeState>("node", Id).KnownPeers.ShouldBe(["/memory/9/p2p/x"]);

        await cluster.Cluster.StopSiloAsync(cluster.Cluster.Silos.Single(silo => silo.Name == cluster.Nodes.SiloOf["node-1"]));
        await cluster.Cluster.Client.GetGrain<INodeGrain>("node-1").Ensure(Spec);
        // It ended in order: whom it knew last was written then.
        cluster.Nodes.SiblingsOf["node-1"].ShouldContain("/memory/10/p2p/y");
    }

    [Fact]
    public async Task StorageThatIsDown_RenewsNothing()
    {
        await using var cluster = await FleetCluster.StartAsync();
        cluster.Nodes.LeaseTime = TimeSpan.FromMilliseconds(200);
        await cluster.Cluster.Client.GetGrain<INodeGrain>("node-1").Ensure(Spec);
        await FleetCluster.UntilAsync(() => Task.FromResult(cluster.Nodes.Renewals.GetValueOrDefault("node-1") > 0), "the lease is renewed");
        cluster.Nodes.Storage.IsDown = true;
        var renewals = -1;
        await FleetCluster.UntilAsync(
            async () =>
            {
                var before = cluster.Nodes.Renewals["node-1"];
                await Task.Delay(150);
                renewals = cluster.Nodes.Renewals["node-1"];
                return renewals == before;
            },
            "no renewal any more");
        cluster.Nodes.Storage.IsDown = false;
        await FleetCluster.UntilAsync(() => Task.FromResult(cluster.Nodes.Renewals["node-1"] > renewals), "the lease is renewed again");
    }

    [Fact]
    public async Task SiloThatStops_GivesTheLeaseBack()
    {
        await using var cluster = await FleetCluster.StartAsync(silos: 2);
        await cluster.Cluster.Client.GetGrain<INodeGrain>("node-1").Ensure(Spec);
        var home = cluster.Cluster.Silos.Single(silo => silo.Name == cluster.Nodes.SiloOf["node-1"]);
        await cluster.Cluster.StopSiloAsync(home);
        cluster.Nodes.Storage.Peek<NodeState>("node", Id).Holder.ShouldBe("");
        await cluster.Cluster.Client.GetGrain<INodeGrain>("node-1").Ensure(Spec);
        cluster.Nodes.SiloOf["node-1"].ShouldNotBe(home.Name);
    }
}
