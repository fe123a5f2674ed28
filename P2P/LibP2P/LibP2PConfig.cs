using IppanFleet.Libp2p;
using IppanFleet.Libp2p.Protocols.GossipSub;
using IppanFleet.Libp2p.Transports;
using IppanFleet.Libp2p.Transports.Memory;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace IppanFleet.P2P.LibP2P;

/// <summary>How a node takes part in the libp2p network. The defaults are safe for a validator; <see cref="Upstream"/> has upstream's timings.</summary>
public sealed record LibP2PConfig
{
    /// <summary>Multiaddrs to listen on. Default: IPv4 and IPv6, TCP on a random port.</summary>
    public IReadOnlyList<string> ListenAddresses { get; init; } = ["/ip4/0.0.0.0/tcp/0", "/ip6/::/tcp/0"];

    /// <summary>Multiaddrs of peers to start from, each with <c>/p2p/ID</c> or without. Default: none.</summary>
    public IReadOnlyList<string> BootstrapPeers { get; init; } = [];

    /// <summary>How often the bootstrap peers that are not connected are dialed again. Default 30 s.</summary>
    public TimeSpan BootstrapRetryInterval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Further rounds of bootstrap while no peer is connected before giving up; 0 is unlimited. Default 0.</summary>
    public int BootstrapMaxRetries { get; init; }

    /// <summary>Gossip topics beside IPPAN's own. Default: none.</summary>
    public IReadOnlyList<string> GossipTopics { get; init; } = [];

    /// <summary>
    /// The file of the node's key pair, libp2p's private-key protobuf as upstream and other implementations keep it. It is made, with an Ed25519 key and mode 600, when it is not there;
    /// one that others may read, or that holds something else, is refused and never replaced. Default: none, a new identity with each run.
    /// </summary>
    public string? IdentityKeyPath { get; init; }

    /// <summary>Told to peers by Identify. Default <c>/ippan/1.0.0</c>.</summary>
    public string ProtocolVersion { get; init; } = "/ippan/1.0.0";

    /// <summary>Told to peers by Identify. Default <c>ippan-p2p/</c> and this library's version.</summary>
    public string AgentVersion { get; init; } = $"ippan-p2p/{typeof(LibP2PConfig).Assembly.GetName().Version?.ToString(3)}";

    /// <summary>A connection without streams is closed after this. Default 60 s (upstream: 10 s).</summary>
    public TimeSpan IdleConnectionTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>GossipSub's heartbeat. Default 1 s (upstream: 4 s).</summary>
    public TimeSpan GossipHeartbeat { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a message id is remembered. Default 120 s (upstream: 60 s).</summary>
    public TimeSpan SeenTime { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>Whether a block without its creator's valid signature is refused. Default false: upstream never signs.</summary>
    public bool RequireBlockSignatures { get; init; }

    /// <summary>How far ahead of our clock a block or transaction may be; what is further ahead is not forwarded yet. Default 500 ms.</summary>
    public TimeSpan ClockTolerance { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Gossip messages, duplicates not counted, that one peer may send within <see cref="MessageWindow"/>; 0 is unlimited. Default 60,000 (upstream: 2,048).</summary>
    public int MaxMessagesPerPeer { get; init; } = 60_000;

    /// <summary>The same for all peers together. Default 240,000 (upstream: 8,192).</summary>
    public int MaxMessages { get; init; } = 240_000;

    /// <summary>The window of the two limits, fixed, begun by the first message after it ended. Default 60 s.</summary>
    public TimeSpan MessageWindow { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Whom the node deals with. Default: everybody. After its answers changed, call <see cref="INodeNetwork.ApplyAccess"/>.</summary>
    public IAccessPolicy? Access { get; init; }

    /// <summary>Events that may wait for their consumer. Default 4,096.</summary>
    public int EventCapacity { get; init; } = 4096;

    /// <summary>Whether <c>/perf/1.0.0</c> is served. Default false.</summary>
    public bool ServePerf { get; init; }

    /// <summary>The in-process network that <c>/memory/…</c> addresses belong to. Default: none.</summary>
    public MemoryNetwork? MemoryNetwork { get; init; }

    /// <summary>Puts something around each transport of the node: see <see cref="Libp2pHostOptions.TransportDecorator"/>. Default: nothing.</summary>
    public Func<ITransport, ITransport>? TransportDecorator { get; init; }

    /// <summary>Where the node's GossipSub figures are shown, shared by the nodes of a process. Default: nowhere.</summary>
    public GossipSubMetrics? GossipMetrics { get; init; }

    /// <summary>What <see cref="GossipMetrics"/> calls the node. Default <c>node</c>.</summary>
    public string NodeName { get; init; } = "node";

    /// <summary>The clock and timers.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Where logs go. Default: nowhere.</summary>
    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;

    /// <summary>Upstream's timings (<c>--profile upstream</c>): port 9000, idle time-out 10 s, heartbeat 4 s, seen cache 60 s, its message limits.</summary>
    public static LibP2PConfig Upstream { get; } = new()
    {
        ListenAddresses = ["/ip4/0.0.0.0/tcp/9000"],
        IdleConnectionTimeout = TimeSpan.FromSeconds(10),
        GossipHeartbeat = TimeSpan.FromSeconds(4),
        SeenTime = TimeSpan.FromSeconds(60),
        MaxMessagesPerPeer = 2_048,
        MaxMessages = 8_192,
    };
}
