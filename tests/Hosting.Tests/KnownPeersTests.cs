using IppanFleet.Grains;
using IppanFleet.Hosting.Storage;
using IppanFleet.P2P.LibP2P;
using Microsoft.Extensions.Hosting;

namespace IppanFleet.Hosting.Tests;

/// <summary>A fleet that comes back without its bootstrap peer.</summary>
[Collection(ProcessMetrics.Collection)]
[Trait("area", "fleet")]
public sealed class KnownPeersTests
{
    [Fact]
    public async Task Restarted_WithoutBootstrap_DialsThePeersThatItHadReached()
    {
        using var stop = new CancellationTokenSource();
        await using var data = FleetData.InMemory();
        var options = new FleetOptions { Nodes = 1, Transport = FleetTransport.Memory, Data = data, Seed = new byte[16], LeaseTime = TimeSpan.FromSeconds(2) };
        await using var outside = new LibP2PNetwork(new LibP2PConfig { ListenAddresses = ["/memory/0"], MemoryNetwork = options.MemoryNetwork });
        var running = outside.RunAsync(stop.Token);
        await outside.WaitUntilReadyAsync(stop.Token);

        var first = await StartAsync(options with { Bootstrap = [outside.Addresses[0]] });
        await Samples.UntilAsync(() => outside.Snapshot().Peers.Count == 1, "the node is connected");
        var store = new SqliteGrainStorage(data.Records);
        await Samples.UntilAsync(
            () =>
            {
                var state = new GrainState<NodeState>();
                store.ReadStateAsync("node", Orleans.Runtime.GrainId.Create("ippan-node", "node-1"), state).GetAwaiter().GetResult();
                return state.State.KnownPeers.Length == 1;
            },
            "the peer is kept");
        await EndAsync(first);

        await Samples.UntilAsync(() => outside.Snapshot().Peers.Count == 0, "the node has left");
        var second = await StartAsync(options);
        await Samples.UntilAsync(() => outside.Snapshot().Peers.Count == 1, "the node is connected again");
        await EndAsync(second);
        await stop.CancelAsync();
        await running;
    }

    private static async Task<IHost> StartAsync(FleetOptions options)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.AddIppanFleet(options);
        var host = builder.Build();
        await host.StartAsync();
        return host;
    }

    private static async Task EndAsync(IHost host)
    {
        await host.StopAsync();
        await ((IAsyncDisposable)host).DisposeAsync();
    }
}
