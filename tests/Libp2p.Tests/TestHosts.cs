using IppanFleet.Libp2p.Identity;
using IppanFleet.Libp2p.Multiformats;
using IppanFleet.Libp2p.Transports.Memory;

namespace IppanFleet.Libp2p.Tests;

/// <summary>Hosts for tests, on loopback sockets or in memory, disposed of together.</summary>
internal sealed class TestHosts(string transport) : IAsyncDisposable
{
    private readonly MemoryNetwork _memory = new();
    private readonly List<Libp2pHost> _hosts = [];

    internal static CancellationToken Deadline => new CancellationTokenSource(TimeSpan.FromSeconds(20)).Token;

    internal async Task<Libp2pHost> StartAsync(Func<Libp2pHostOptions, Libp2pHostOptions>? configure = null, Action<Libp2pHost>? prepare = null)
    {
        var options = new Libp2pHostOptions
        {
            Identity = PeerIdentity.Generate(),
            MemoryNetwork = _memory,
            ListenAddresses = [Multiaddr.Parse(transport == "tcp" ? "/ip4/127.0.0.1/tcp/0" : "/memory/0")],
        };
        var host = new Libp2pHost(configure is null ? options : configure(options));
        _hosts.Add(host);
        prepare?.Invoke(host);
        await host.StartAsync(Deadline);
        return host;
    }

    internal static async Task UntilAsync(Func<bool> condition, string what)
    {
        var deadline = Deadline;
        while (!condition())
        {
            deadline.IsCancellationRequested.ShouldBeFalse($"never: {what}");
            await Task.Delay(5, CancellationToken.None);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var host in _hosts) await host.DisposeAsync();
    }
}
