using IppanFleet.Ippan;
using IppanFleet.Libp2p.Identity;
using IppanFleet.Libp2p.Transports.Memory;
using IppanFleet.P2P.LibP2P;

namespace IppanFleet.P2P.Tests;

/// <summary>Networks that run until the test ends, on loopback sockets or in memory.</summary>
internal sealed class Networks(string transport) : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new(TimeSpan.FromSeconds(60));
    private readonly MemoryNetwork _memory = new();
    private readonly List<(LibP2PNetwork Network, Task Running)> _running = [];

    internal static ulong NowUs => (ulong)((DateTimeOffset.UtcNow - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond);

    internal async Task<LibP2PNetwork> StartAsync(LibP2PNetwork? bootstrap = null, Func<LibP2PConfig, LibP2PConfig>? configure = null)
    {
        var config = new LibP2PConfig
        {
            ListenAddresses = [transport == "tcp" ? "/ip4/127.0.0.1/tcp/0" : "/memory/0"],
            MemoryNetwork = _memory,
            BootstrapPeers = bootstrap is null ? [] : [bootstrap.Addresses[0]],
            GossipHeartbeat = TimeSpan.FromMilliseconds(200),
        };
        config = configure is null ? config : configure(config);
        var network = new LibP2PNetwork(config, config.IdentityKeyPath is null ? PeerIdentity.Generate() : null);
        _running.Add((network, network.RunAsync(_stop.Token)));
        await network.WaitUntilReadyAsync(_stop.Token);
        return network;
    }

    internal static Block MakeBlock(PeerIdentity creator, int transactions = 2, ulong round = 1)
    {
        var now = NowUs;
        var payload = Enumerable.Range(0, transactions).Select(i => MakeTransaction(creator, (ulong)i, now)).ToArray();
        return Block.Create(creator.Key, round, [], [.. payload], now);
    }

    internal static Transaction MakeTransaction(PeerIdentity sender, ulong nonce = 1, ulong? at = null) =>
        Transaction.CreateSigned(sender.Key, Blake3.Hash("receiver"u8), 7, nonce, at ?? NowUs);

    /// <summary>The next event of the kind that fits.</summary>
    internal static async Task<T> NextAsync<T>(LibP2PNetwork network, Func<T, bool>? fits = null)
        where T : NetworkEvent
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(15));
        await foreach (var happened in network.Events.WithCancellation(deadline.Token))
        {
            if (happened is T wanted && (fits is null || fits(wanted))) return wanted;
        }
        throw new InvalidOperationException("the network ended");
    }

    internal static async Task UntilAsync(Func<bool> condition, string what)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(15));
        while (!condition())
        {
            deadline.IsCancellationRequested.ShouldBeFalse($"never: {what}");
            await Task.Delay(10);
        }
    }

    internal static Task MeshedAsync(params LibP2PNetwork[] networks) => UntilAsync(() => networks.All(n => n.Snapshot().Topics.All(t => t.Mesh.Count > 0)), "all meshed");

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        foreach (var (_, running) in _running) await running;
        _stop.Dispose();
    }
}
