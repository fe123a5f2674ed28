using IppanFleet.Grains;
using IppanFleet.Hosting.Nodes;
using IppanFleet.Hosting.Storage;
using IppanFleet.P2P.LibP2P;
using Microsoft.Extensions.DependencyInjection;
using Orleans.TestingHost;

namespace IppanFleet.Hosting.Tests.Access;

/// <summary>Three silos with real nodes, and a foreign peer that is banned from all of them.</summary>
[Trait("area", "fleet")]
public sealed class BanTests : IAsyncLifetime
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource _stop = new(TimeSpan.FromSeconds(60));
    private readonly FleetData _data = FleetData.InMemory();
    private readonly InProcessTestCluster _cluster;
    private readonly LibP2PNetwork _outside;
    private Task _running = Task.CompletedTask;

    public BanTests()
    {
        var options = new FleetOptions { Nodes = 6, Silos = 3, Transport = FleetTransport.Memory, Data = _data };
        var builder = new InProcessTestClusterBuilder(3);
        builder.ConfigureSilo((_, silo) => silo.AddIppanFleet(options));
        _cluster = builder.Build();
        _outside = new LibP2PNetwork(new LibP2PConfig { ListenAddresses = ["/memory/0"], MemoryNetwork = options.MemoryNetwork });
    }

    private IFleetGrain Fleet => _cluster.Client.GetGrain<IFleetGrain>(FleetKeys.Fleet);

    private NodeTransport[] Nodes => [.. _cluster.Silos.SelectMany(silo => silo.ServiceProvider.GetRequiredService<NodeTransportHost>().Nodes)];

    public async ValueTask InitializeAsync()
    {
        await _cluster.DeployAsync();
        _running = _outside.RunAsync(_stop.Token);
        await _outside.WaitUntilReadyAsync(_stop.Token);
        await Samples.UntilAsync(() => Nodes.Length == 6 && Nodes.All(node => node.IsJoined), "six nodes have joined");
        _cluster.Silos.ShouldAllBe(silo => silo.ServiceProvider.GetRequiredService<NodeTransportHost>().Nodes.Count > 0, "every silo has nodes");
    }

    [Fact]
    public async Task BannedPeer_LosesItsConnectionsAndIsRefused_UntilItIsUnbanned()
    {
        await DialAllAsync();
        var begun = TimeProvider.System.GetTimestamp();
        await Fleet.Ban(new AccessRule { Subject = _outside.PeerId, Reason = "test" });
        await Samples.UntilAsync(() => ConnectionsOf(_outside.PeerId) == 0 && _outside.Snapshot().Peers.Count == 0, "all connections are closed");
        TimeProvider.System.GetElapsedTime(begun).ShouldBeLessThan(Soon);

        foreach (var node in Nodes) await Should.ThrowAsync<Exception>(() => TryStayAsync(node.Network.Addresses[0]));
        ConnectionsOf(_outside.PeerId).ShouldBe(0);
        // Nor do the nodes dial it.
        foreach (var node in Nodes) (await Should.ThrowAsync<IOException>(() => node.Network.DialAsync(_outside.Addresses[0]))).Message.ShouldContain("is not allowed");

        (await Fleet.Unban(_outside.PeerId)).ShouldBeTrue();
        (await Fleet.Unban(_outside.PeerId)).ShouldBeFalse();
        await Samples.UntilAsync(() => Nodes.All(node => TryDial(node.Network.Addresses[0])), "all nodes let it in again");
    }

    [Fact]
    public async Task AllowedPeer_IsProtectedFromItsBan()
    {
        await DialAllAsync();
        await Fleet.Allow(new AccessRule { Subject = _outside.PeerId });
        var list = await Fleet.Access();
        await Fleet.Ban(new AccessRule { Subject = _outside.PeerId });
        await Samples.UntilAsync(() => _cluster.Silos.All(silo => silo.ServiceProvider.GetRequiredService<Hosting.Access.NodeAccess>().Version > list.Version), "all silos know");
        ConnectionsOf(_outside.PeerId).ShouldBe(6);
        await Fleet.Disallow(_outside.PeerId);
        await Samples.UntilAsync(() => ConnectionsOf(_outside.PeerId) == 0, "all connections are closed");
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        await _cluster.DisposeAsync();
        await _data.DisposeAsync();
        _stop.Dispose();
    }

    private int ConnectionsOf(string peer) => Nodes.Sum(node => node.Network.Snapshot().Peers.Count(known => known.PeerId == peer));

    private async Task DialAllAsync()
    {
        foreach (var node in Nodes) await _outside.DialAsync(node.Network.Addresses[0], _stop.Token);
        await Samples.UntilAsync(() => ConnectionsOf(_outside.PeerId) == Nodes.Length, "all nodes know of the connection");
    }

    /// <summary>A dial fails, or what was dialed is closed at once: the dialer's handshake may end before the listener has said no.</summary>
    private async Task TryStayAsync(string address)
    {
        await _outside.DialAsync(address, _stop.Token);
        await Samples.UntilAsync(() => _outside.Snapshot().Peers.Count == 0, "closed");
        throw new IOException("closed");
    }

    private bool TryDial(string address)
    {
        try
        {
            _outside.DialAsync(address, _stop.Token).GetAwaiter().GetResult();
        }
        catch (IOException)
        {
            return false;
        }

        return ConnectionsOf(_outside.PeerId) > 0 && _outside.Snapshot().Peers.Count > 0;
    }
}
