using IppanFleet.Libp2p.Crypto;
using IppanFleet.Libp2p.Identity;
using IppanFleet.Libp2p.Multiformats;
using IppanFleet.Libp2p.Muxers.Yamux;
using IppanFleet.Libp2p.Protocols.Identify;
using IppanFleet.Libp2p.Protocols.Perf;
using IppanFleet.Libp2p.Protocols.Ping;
using IppanFleet.Libp2p.Security.Noise;
using IppanFleet.Libp2p.Swarm;
using IppanFleet.Libp2p.Transports;
using IppanFleet.Libp2p.Transports.Memory;
using IppanFleet.Libp2p.Transports.Tcp;

namespace IppanFleet.Libp2p;

/// <summary>A libp2p peer: the one type that puts transports, security, muxer and protocols together. Add protocols, start it, dispose of it.</summary>
public sealed class Libp2pHost : IAsyncDisposable
{
    private readonly Libp2pHostOptions _options;
    private readonly NoiseSecurity _noise;

    /// <summary>A host that does not listen before <see cref="StartAsync"/>.</summary>
    /// <exception cref="PlatformNotSupportedException">libcrypto 3 is missing.</exception>
    public Libp2pHost(Libp2pHostOptions options)
    {
        LibCrypto.EnsureAvailable();
        _options = options;
        Identity = options.Identity ?? PeerIdentity.Generate();
        _noise = new NoiseSecurity(Identity);
        List<ITransport> transports = [new TcpTransport(options.Time)];
        if (options.MemoryNetwork is { } memory) transports.Add(new MemoryTransport(memory));
        if (options.TransportDecorator is { } decorate) transports = transports.ConvertAll(transport => decorate(transport));
        var upgrader = new Upgrader(_noise, [new YamuxMuxer(options.Yamux, options.Time)], options.Time);
        Swarm = new PeerSwarm(Identity, transports, upgrader, options.Swarm, options.Time, options.LoggerFactory.CreateLogger("Libp2p.Swarm"));
        Ping = new PingProtocol(Swarm);
        Perf = new PerfProtocol(Swarm);
        Identify = new IdentifyProtocol(Swarm, options.Identify, options.LoggerFactory.CreateLogger("Libp2p.Identify"));
        Swarm.Add(Identify);
        Swarm.Add(Ping);
        if (options.ServePerf) Swarm.Add(Perf);
    }

    /// <summary>Who we are.</summary>
    public PeerIdentity Identity { get; }

    /// <summary>Our peer id.</summary>
    public PeerId Id => Identity.Id;

    /// <summary>Our connections.</summary>
    public PeerSwarm Swarm { get; }

    /// <summary>Tells peers who we are and asks them.</summary>
    public IdentifyProtocol Identify { get; }

    /// <summary>Measures round trips.</summary>
    public PingProtocol Ping { get; }

    /// <summary>Measures throughput.</summary>
    public PerfProtocol Perf { get; }

    /// <summary>Where we can be dialed, with <c>/p2p/ID</c>.</summary>
    public IReadOnlyList<Multiaddr> Addresses => [.. Swarm.AnnouncedAddresses.Select(a => a.WithPeer(Id))];

    /// <summary>Takes a protocol in; before <see cref="StartAsync"/>, so that Identify tells of it.</summary>
    public void Add(object protocol) => Swarm.Add(protocol);

    /// <summary>Listens on all addresses of the options; addresses that the default lists and the machine lacks (IPv6) are passed over as long as one works.</summary>
    /// <exception cref="IOException">No address, or an address that was asked for, cannot be had; the message says which and why.</exception>
    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        IOException? refused = null;
        foreach (var address in _options.ListenAddresses)
        {
            try
            {
                await Swarm.ListenAsync(address, cancellationToken).ConfigureAwait(false);
            }
            catch (IOException e)
            {
                refused = e;
                if (address.TryGetTcpEndPoint(out var endPoint) && endPoint.Address.Equals(System.Net.IPAddress.IPv6Any)) continue;
                throw;
            }
        }
        if (refused is not null && Swarm.ListenAddresses.Count == 0) throw refused;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Swarm.DisposeAsync().ConfigureAwait(false);
        _noise.Dispose();
        if (_options.Identity is null) Identity.Dispose();
    }
}
