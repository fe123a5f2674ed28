using IppanFleet.Libp2p;
using IppanFleet.Libp2p.Multiformats;
using IppanFleet.Libp2p.Transports;
using IppanFleet.Libp2p.Transports.Memory;
using IppanFleet.Libp2p.Transports.Tcp;

namespace IppanFleet.Testing.Tests.Network;

/// <summary>Two nodes, <c>a</c> and <c>b</c>, of which the second listens.</summary>
internal sealed class Wire : IAsyncDisposable
{
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly ITransportListener _listener;

    private Wire(NetworkConditions network, FaultyTransport a, FaultyTransport b, ITransportListener listener) => (Network, A, B, _listener) = (network, a, b, listener);

    internal NetworkConditions Network { get; }

    internal FaultyTransport A { get; }

    internal FaultyTransport B { get; }

    internal Multiaddr Address => _listener.Addresses[0];

    internal static async Task<Wire> StartAsync(string transport, TimeProvider? time = null)
    {
        var network = new NetworkConditions(seed: 1, time);
        var memory = new MemoryNetwork();
        var (a, b) = (network.Wrap("a", Inner()), network.Wrap("b", Inner()));
        var listener = await b.ListenAsync(Multiaddr.Parse(transport == "tcp" ? "/ip4/127.0.0.1/tcp/0" : "/memory/0"), CancellationToken.None);
        return new Wire(network, a, b, listener);

        ITransport Inner() => transport == "tcp" ? new TcpTransport() : new MemoryTransport(memory);
    }

    internal async Task<(ByteChannel Dialer, ByteChannel Listener)> ConnectAsync()
    {
        using var deadline = new CancellationTokenSource(Patience);
        var accepting = _listener.AcceptAsync(deadline.Token);
        var dialed = await A.DialAsync(Address, deadline.Token);
        return (dialed.Channel, (await accepting)!.Channel);
    }

    internal void Separate(PartitionKind kind = PartitionKind.Blackhole) => Network.Partition(["a"], ["b"], kind);

    internal static async Task<byte[]> ReadAsync(ByteChannel channel, int count)
    {
        using var deadline = new CancellationTokenSource(Patience);
        var bytes = new byte[count];
        for (var read = 0; read < count;)
        {
            var more = await channel.ReadAsync(bytes.AsMemory(read), deadline.Token);
            more.ShouldBeGreaterThan(0, "the channel ended early");
            read += more;
        }

        return bytes;
    }

    public async ValueTask DisposeAsync()
    {
        await A.SeverAsync();
        await B.SeverAsync();
        await _listener.DisposeAsync();
    }
}
