using System.Diagnostics;
using IppanFleet.Grains;
using IppanFleet.Hosting;
using IppanFleet.Testing;

namespace IppanFleet.FleetTests;

/// <summary>Several silos with real nodes, of which one after the other dies.</summary>
[Trait("area", "fleet")]
public sealed class SiloLossTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    [Theory]
    [InlineData(FleetTransport.Memory)]
    [InlineData(FleetTransport.Tcp)]
    public async Task KilledSilos_WhatWasAcknowledgedStays_AndTheNodesComeBackAsTheSamePeers(FleetTransport transport)
    {
        await using var fleet = await TestFleet.StartAsync(new TestFleetOptions { Nodes = 6, Silos = 3, Transport = transport });
        fleet.Silos.ShouldAllBe(silo => silo.Nodes.Count > 0, "the nodes are placed over the silos");
        // Acknowledged, so it must not be lost.
        await fleet.ScaleAsync(7);
        var peers = fleet.Nodes.ToDictionary(node => node.Name, node => node.PeerId);

        var victim = fleet.Silos[0];
        var moved = victim.Nodes;
        var dead = Stopwatch.StartNew();
        await fleet.KillAsync(victim);
        await fleet.Expect.AllJoinAsync(Deadline);
        dead.Elapsed.ShouldBeLessThan(Deadline);
        moved.ShouldNotBeEmpty();
        moved.ShouldAllBe(node => node.Silo != victim.Name);
        ShouldBeThosePeers();

        // And the other way round: a silo that holds what was taken over.
        await fleet.ScaleAsync(5);
        await fleet.KillAsync(fleet.Silos[0]);
        await fleet.Expect.AllJoinAsync(Deadline);
        ShouldBeThosePeers();
        (await fleet.Client.GetGrain<IFleetGrain>(FleetKeys.Fleet).Nodes(0, 10)).Select(node => node.Name).ShouldBe(fleet.Nodes.Select(node => node.Name));
        await fleet.Expect.AllReceiveAsync(await fleet.PublishBlockAsync(), Deadline);

        void ShouldBeThosePeers()
        {
            foreach (var node in fleet.Nodes) node.PeerId.ShouldBe(peers[node.Name]);
        }
    }

    [Fact]
    public async Task SilosKilledOneAfterAnother_TheNodesRemainOneNetwork()
    {
        await using var fleet = await TestFleet.StartAsync(new TestFleetOptions { Nodes = 24, Silos = 3, Transport = FleetTransport.Memory });
        for (var kill = 0; kill < 6; kill++)
        {
            await fleet.KillAsync(fleet.Silos[0]);
            await fleet.AddSiloAsync();
            await fleet.Expect.AllJoinAsync(3 * Deadline);
        }

        // Islands would count as joined, each in meshes of its own; what is published at one node does not leave them.
        await fleet.Expect.EventuallyAsync(() => IsOneNetwork(fleet.Nodes), "one network", Deadline);
        await fleet.Expect.AllReceiveAsync(await fleet.PublishBlockAsync(), Deadline);
    }

    private static bool IsOneNetwork(IReadOnlyList<TestNode> nodes)
    {
        var reached = new HashSet<TestNode> { nodes[0] };
        var toVisit = new Queue<TestNode>(reached);
        while (toVisit.TryDequeue(out var node))
        {
            var peers = (node.Snapshot()?.Peers ?? []).Select(peer => peer.PeerId).ToHashSet(StringComparer.Ordinal);
            foreach (var next in nodes.Where(other => peers.Contains(other.PeerId)))
            {
                if (reached.Add(next)) toVisit.Enqueue(next);
            }
        }

        return reached.Count == nodes.Count;
    }
}
