using IppanFleet.Libp2p.Identity;
using IppanFleet.Libp2p.Multiformats;
using IppanFleet.Libp2p.Muxers.Yamux;
using IppanFleet.Libp2p.Protocols.Identify;
using IppanFleet.Libp2p.Swarm;
using IppanFleet.Libp2p.Transports;
using IppanFleet.Libp2p.Transports.Memory;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace IppanFleet.Libp2p;

/// <summary>What a <see cref="Libp2pHost"/> is made of.</summary>
public sealed record Libp2pHostOptions
{
    /// <summary>Who the host is. Default: a new random identity.</summary>
    public PeerIdentity? Identity { get; init; }

    /// <summary>Where it listens. Default: IPv4 and IPv6, TCP on a random port.</summary>
    public IReadOnlyList<Multiaddr> ListenAddresses { get; init; } = [Multiaddr.Parse("/ip4/0.0.0.0/tcp/0"), Multiaddr.Parse("/ip6/::/tcp/0")];

    /// <summary>The in-process network that <c>/memory/…</c> addresses belong to. Default: none.</summary>
    public MemoryNetwork? MemoryNetwork { get; init; }

    /// <summary>Puts something around each transport of the host, such as a proxy, a meter or faults; what it returns is dialed with and listened on instead. Default: nothing.</summary>
    public Func<ITransport, ITransport>? TransportDecorator { get; init; }

    /// <summary>Bounds and deadlines of the swarm.</summary>
    public SwarmOptions Swarm { get; init; } = new();

    /// <summary>Bounds of each connection's muxer.</summary>
    public YamuxOptions Yamux { get; init; } = new();

    /// <summary>What Identify tells and takes.</summary>
    public IdentifyOptions Identify { get; init; } = new();

    /// <summary>Whether <c>/perf/1.0.0</c> is served. Default false: it lets anybody use up bandwidth.</summary>
    public bool ServePerf { get; init; }

    /// <summary>The clock and timers.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Where logs go. Default: nowhere.</summary>
    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;
}
