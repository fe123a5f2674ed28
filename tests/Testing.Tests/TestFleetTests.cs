using System.Diagnostics;
using IppanFleet.Hosting;

namespace IppanFleet.Testing.Tests;

/// <summary>What a test does to a fleet, and what the fleet then does.</summary>
[Trait("area", "fleet")]
public sealed class TestFleetTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task AddedSilo_TakesNodesOfOneThatDies()
    {
        await using var fleet = await TestFleet.StartAsync(nodes: 4, silos: 1);
        var (first, second) = (fleet.Silos[0], await fleet.AddSiloAsync());
        second.Nodes.ShouldBeEmpty("nodes that run stay where they are");
        await fleet.KillAsync(first);
        first.IsUp.ShouldBeFalse();
        fleet.Silos.ShouldBe([second]);
        await fleet.Expect.AllJoinAsync(Soon);
        second.Nodes.Count.ShouldBe(4);
        await fleet.Expect.AllReceiveAsync(await fleet.PublishBlockAsync(), Soon);
    }

    [Theory]
    [InlineData(FleetTransport.Memory)]
    [InlineData(FleetTransport.Tcp)]
    public async Task KilledNode_StaysDeadUntilItIsRestarted(FleetTransport transport)
    {
        await using var fleet = await TestFleet.StartAsync(new TestFleetOptions { Nodes = 4, Transport = transport });
        var (node, others) = (fleet.Node(2), fleet.Nodes.Where(other => other.Name != "node-2").ToArray());
        var peer = node.PeerId;
        await fleet.KillAsync(node);
        node.IsUp.ShouldBeFalse();
        // Nobody said goodbye: the others notice by themselves.
        await fleet.Expect.EventuallyAsync(() => others.All(other => other.Snapshot()!.Peers.Count == 2), "node-2 is missed", Soon);
        var meanwhile = await fleet.PublishBlockAsync(at: fleet.Node(1));
        await fleet.Expect.AllReceiveAsync(meanwhile, Soon);
        meanwhile.Received.Keys.ShouldBe(["node-3", "node-4"], ignoreOrder: true);
        await Should.ThrowAsync<InvalidOperationException>(fleet.PublishBlockAsync(at: node));
        // Longer than some rounds of the supervisor, who would start it.
        await fleet.Expect.NoneReceiveAsync(meanwhile, [node], during: TimeSpan.FromMilliseconds(500));
        node.IsUp.ShouldBeFalse();

        await fleet.RestartAsync(node);
        node.PeerId.ShouldBe(peer);
        await fleet.Expect.ConnectedAsync([node], others, Soon);
        var block = await fleet.PublishBlockAsync(at: fleet.Node(1));
        await fleet.Expect.AllReceiveAsync(block, Soon);
        block.Received.Keys.ShouldContain("node-2");
    }

    [Theory]
    [InlineData(FleetTransport.Memory)]
    [InlineData(FleetTransport.Tcp)]
    public async Task Cut_ThatHeals_TheHalvesFindEachOtherAgain(FleetTransport transport)
    {
        await using var fleet = await TestFleet.StartAsync(new TestFleetOptions { Nodes = 6, Transport = transport });
        var (left, right) = (fleet.Nodes.Take(3).ToArray(), fleet.Nodes.Skip(3).ToArray());
        fleet.Partition(left, right, PartitionKind.Cut);
        await fleet.Expect.EventuallyAsync(() => fleet.Nodes.All(node => node.Snapshot()!.Peers.Count == 2), "each half is alone", Soon);
        await fleet.Expect.AllJoinAsync(Soon);
        var here = await fleet.PublishBlockAsync(at: left[0]);
        await fleet.Expect.ReceivedByAsync(here, left.Skip(1), Soon);
        await fleet.Expect.NoneReceiveAsync(here, right, during: TimeSpan.FromMilliseconds(300));

        fleet.Heal();
        await fleet.Expect.ConnectedAsync(left, right, Soon);
        // Who dialed has told its topics a moment after.
        await fleet.Expect.EventuallyAsync(() => fleet.Nodes.All(node => node.Snapshot()!.Topics.All(topic => topic.Subscribers == 5)), "all know each other's topics", Soon);
        await fleet.Expect.AllReceiveAsync(await fleet.PublishBlockAsync(at: right[0]), Soon);
    }

    [Fact]
    public async Task MissedDelivery_FailsWithWhoMissedItAndHowTheFleetStands()
    {
        await using var fleet = await TestFleet.StartAsync(nodes: 4);
        fleet.Partition([fleet.Node(1), fleet.Node(2)], [fleet.Node(3), fleet.Node(4)]);
        fleet.Latency(TimeSpan.Zero, TimeSpan.FromMilliseconds(10));
        var block = await fleet.PublishBlockAsync(at: fleet.Node(1));
        await fleet.Expect.ReceivedByAsync(block, [fleet.Node(2)], Soon);
        var failure = await Should.ThrowAsync<FleetExpectationException>(fleet.Expect.AllReceiveAsync(block, within: TimeSpan.FromMilliseconds(200)));
        var lines = failure.Message.Split(Environment.NewLine);
        lines[0].ShouldBe($"block {block.Id.ToString()[..8]} of node-1 did not reach node-3, node-4, within 0.2 s");
        lines[1].ShouldBe("network     partition node-1 node-2 | node-3 node-4 (Blackhole); latency 0 to 10 ms");
        lines[2].ShouldBe("delivered   1 of 3 arrivals of 1 messages (33.333 %)");
        lines[4].ShouldStartWith("node-1      Silo_0      joined        3       3             3         0            0");
        lines.Length.ShouldBe(4 + 4 + 1);

        (await Should.ThrowAsync<FleetExpectationException>(fleet.Expect.NoneReceiveAsync(block, fleet.Nodes, Soon))).Message.ShouldContain("reached node-2");
        (await Should.ThrowAsync<FleetExpectationException>(fleet.Expect.DeliveredAsync(1, TimeSpan.Zero))).Message.ShouldContain("did not reach node-3, node-4");
        await fleet.KillAsync(fleet.Node(4));
        (await Should.ThrowAsync<FleetExpectationException>(fleet.Expect.JoinedAsync([fleet.Node(4)], TimeSpan.Zero))).Message.ShouldContain("node-4                  killed");
    }

    [Fact]
    public async Task Scale_Down_TakesTheNewestNodes()
    {
        await using var fleet = await TestFleet.StartAsync(nodes: 4);
        await fleet.ScaleAsync(2);
        fleet.Nodes.Select(node => node.Name).ShouldBe(["node-1", "node-2"]);
        await fleet.ScaleAsync(3);
        fleet.Nodes.Select(node => node.Name).ShouldBe(["node-1", "node-2", "node-5"]);
        await fleet.Expect.AllReceiveAsync(await fleet.PublishTransactionAsync(), Soon);
    }

    [Fact]
    public async Task LastSilo_CannotBeKilledButRestarted()
    {
        await using var fleet = await TestFleet.StartAsync(nodes: 2);
        var silo = fleet.Silos[0];
        await Should.ThrowAsync<InvalidOperationException>(fleet.KillAsync(silo));
        var next = await fleet.RestartAsync(silo);
        await Should.ThrowAsync<InvalidOperationException>(fleet.KillAsync(silo));
        await fleet.Expect.AllJoinAsync(Soon);
        fleet.Nodes.ShouldAllBe(node => node.Silo == next.Name);
    }

    [Fact]
    public async Task SameSeed_SamePeers()
    {
        (await PeersAsync(5)).ShouldBe(await PeersAsync(5));
        (await PeersAsync(5)).ShouldNotBe(await PeersAsync(6));

        static async Task<string[]> PeersAsync(int seed)
        {
            await using var fleet = await TestFleet.StartAsync(new TestFleetOptions { Nodes = 2, Seed = seed });
            return [.. fleet.Nodes.Select(node => node.PeerId)];
        }
    }

    [Theory]
    [InlineData(FleetTransport.Memory)]
    [InlineData(FleetTransport.Tcp)]
    public async Task Dispose_OfAFleetThatIsInPieces_IsQuickAndWhole(FleetTransport transport)
    {
        var fleet = await TestFleet.StartAsync(new TestFleetOptions { Nodes = 12, Silos = 3, Transport = transport });
        fleet.Latency(TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(5));
        fleet.Partition(fleet.Nodes.Take(6), fleet.Nodes.Skip(6));
        await fleet.KillAsync(fleet.Node(3));
        await fleet.KillAsync(fleet.Silos[1]);
        await fleet.PublishBlockAsync(at: fleet.Nodes.First(node => node.IsUp));

        var ending = Stopwatch.StartNew();
        await fleet.DisposeAsync();
        await fleet.DisposeAsync();
        ending.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(5));
        fleet.Nodes.ShouldAllBe(node => !node.IsUp);
        fleet.Silos.ShouldBeEmpty();
    }

    [Fact]
    public async Task Start_OfNothing_IsRefused()
    {
        await Should.ThrowAsync<ArgumentException>(TestFleet.StartAsync(nodes: 0));
        await Should.ThrowAsync<ArgumentException>(TestFleet.StartAsync(silos: 0));
    }

    [Fact]
    public async Task Start_OfNodesThatCannotListen_FailsWithTheFleet()
    {
        var options = new TestFleetOptions { Nodes = 2, JoinTimeout = TimeSpan.FromSeconds(2), ConfigureNode = (_, config) => config with { ListenAddresses = ["/memory/taken"] } };
        var failure = await Should.ThrowAsync<FleetExpectationException>(TestFleet.StartAsync(options));
        failure.Message.ShouldStartWith("node-1, node-2 did not join, within 2 s");
    }
}
