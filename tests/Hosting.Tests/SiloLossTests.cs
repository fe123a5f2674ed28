using IppanFleet.Grains;
using IppanFleet.Hosting.Nodes;
using IppanFleet.Hosting.Storage;
using Microsoft.Extensions.DependencyInjection;
using Orleans.TestingHost;

namespace IppanFleet.Hosting.Tests;

/// <summary>Several silos with real nodes over connections in memory, of which one dies.</summary>
[Collection(ProcessMetrics.Collection)]
[Trait("area", "fleet")]
public sealed class SiloLossTests : IAsyncLifetime
{
    private readonly FleetData _data = FleetData.InMemory();
    private readonly InProcessTestCluster _cluster;

    public SiloLossTests()
    {
        var options = new FleetOptions { Nodes = 6, Silos = 3, Transport = FleetTransport.Memory, Data = _data, SupervisionPeriod = TimeSpan.FromMilliseconds(100) };
        var builder = new InProcessTestClusterBuilder(3);
        builder.ConfigureSilo((_, silo) => silo.AddIppanFleet(options));
        _cluster = builder.Build();
    }

    private IFleetGrain Fleet => _cluster.Client.GetGrain<IFleetGrain>(FleetKeys.Fleet);

    public async ValueTask InitializeAsync() => await _cluster.DeployAsync();

    [Fact]
    public async Task KilledSilo_ItsNodesComeBackElsewhereAsTheSamePeers()
    {
        await JoinedAsync(6);
        _cluster.Silos.ShouldAllBe(silo => NodesOf(silo).Count > 0, "the nodes are placed over the silos");
        // Acknowledged, so it must not be lost.
        await Fleet.Scale(7);
        await JoinedAsync(7);
        var before = PeerIds();

        var victim = _cluster.Silos[0];
        var moved = NodesOf(victim).Select(node => node.Name).ToArray();
        var begun = TimeProvider.System.GetTimestamp();
        await _cluster.KillSiloAsync(victim);
        await JoinedAsync(7);
        TimeProvider.System.GetElapsedTime(begun).ShouldBeLessThan(TimeSpan.FromSeconds(10));
        PeerIds().ShouldBe(before);
        _cluster.Silos.Count.ShouldBe(2);
        _cluster.Silos.SelectMany(NodesOf).Select(node => node.Name).ShouldBeSubsetOf(before.Keys);
        moved.ShouldBeSubsetOf(_cluster.Silos.SelectMany(NodesOf).Select(node => node.Name));

        // And the other way round: a silo that holds what was taken over.
        await Fleet.Scale(5);
        await _cluster.KillSiloAsync(_cluster.Silos[0]);
        await JoinedAsync(5);
        foreach (var (name, peer) in PeerIds()) peer.ShouldBe(before[name]);
    }

    [Fact]
    public async Task SilosKilledOneAfterAnother_TheNodesRemainOneNetwork()
    {
        await JoinedAsync(6);
        await Fleet.Scale(24);
        await JoinedAsync(24);
        for (var kill = 0; kill < 6; kill++)
        {
            await _cluster.KillSiloAsync(_cluster.Silos[0]);
            await _cluster.StartAdditionalSiloAsync();
            await JoinedAsync(24);
        }

        await Samples.UntilAsync(() => OneNetwork.ReachableOf([.. _cluster.Silos.SelectMany(NodesOf)]) == 24, "one network");
    }

    public async ValueTask DisposeAsync()
    {
        await _cluster.DisposeAsync();
        await _data.DisposeAsync();
    }

    private static ICollection<NodeTransport> NodesOf(InProcessSiloHandle silo) => silo.ServiceProvider.GetRequiredService<NodeTransportHost>().Nodes;

    private SortedDictionary<string, string> PeerIds() => new(_cluster.Silos.SelectMany(NodesOf).ToDictionary(node => node.Name, node => node.Network.PeerId), StringComparer.Ordinal);

    private async Task JoinedAsync(int nodes)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            var running = _cluster.Silos.SelectMany(NodesOf).ToArray();
            if (running.Length == nodes && running.All(node => node.IsJoined)) return;
            if (deadline.IsCancellationRequested) Assert.Fail($"not {nodes} nodes joined: {string.Join(", ", running.Select(node => $"{node.Name} {node.Summary.Phase} ({node.Summary.Peers} peers)"))}");
            await Task.Delay(10, CancellationToken.None);
        }
    }
}
