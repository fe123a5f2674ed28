namespace IppanFleet.Libp2p.Swarm;

/// <summary>The limits of one scope; what is not set is not limited there.</summary>
public sealed record ScopeLimits
{
    /// <summary>Connections of both directions.</summary>
    public int Connections { get; init; } = int.MaxValue;

    /// <summary>Connections that remotes dialed.</summary>
    public int InboundConnections { get; init; } = int.MaxValue;

    /// <summary>Connections that we dialed.</summary>
    public int OutboundConnections { get; init; } = int.MaxValue;

    /// <summary>Streams that remotes opened.</summary>
    public int InboundStreams { get; init; } = int.MaxValue;

    /// <summary>Streams that we opened.</summary>
    public int OutboundStreams { get; init; } = int.MaxValue;

    /// <summary>Bytes reserved.</summary>
    public long Memory { get; init; } = long.MaxValue;

    /// <summary>Inbound handshakes under way.</summary>
    public int Handshakes { get; init; } = int.MaxValue;

    internal long Of(ResourceKind kind) => kind switch
    {
        ResourceKind.Connections => Connections,
        ResourceKind.InboundConnections => InboundConnections,
        ResourceKind.OutboundConnections => OutboundConnections,
        ResourceKind.InboundStreams => InboundStreams,
        ResourceKind.OutboundStreams => OutboundStreams,
        ResourceKind.Memory => Memory,
        _ => Handshakes,
    };
}

/// <summary>What one host may use, by scope, besides the limits that <see cref="SwarmOptions"/> names itself.</summary>
public sealed record ResourceLimits
{
    /// <summary>The whole host. Default: 16,384 streams each way, 512 MiB reserved.</summary>
    public ScopeLimits Node { get; init; } = new() { InboundStreams = 16_384, OutboundStreams = 16_384, Memory = 512L << 20 };

    /// <summary>One peer. Default: 512 inbound and 1,024 outbound streams, 64 MiB reserved.</summary>
    public ScopeLimits Peer { get; init; } = new() { InboundStreams = 512, OutboundStreams = 1024, Memory = 64L << 20 };

    /// <summary>One remote host, an IPv4 address or an IPv6 /64. Default: 32 connections, 16 handshakes under way.</summary>
    public ScopeLimits Ip { get; init; } = new() { Connections = 32, Handshakes = 16 };

    /// <summary>One remote network, an IPv4 /24 or an IPv6 /56. Default: 128 connections, 48 handshakes under way.</summary>
    public ScopeLimits Subnet { get; init; } = new() { Connections = 128, Handshakes = 48 };

    /// <summary>One protocol. Default: 8,192 streams each way, 256 MiB reserved.</summary>
    public ScopeLimits Protocol { get; init; } = new() { InboundStreams = 8192, OutboundStreams = 8192, Memory = 256L << 20 };

    /// <summary>Inbound connections a second that one remote host may begin, over time. Default 16.</summary>
    public double HandshakesPerSecondPerIp { get; init; } = 16;

    /// <summary>Inbound connections that one remote host may begin at once before <see cref="HandshakesPerSecondPerIp"/> holds it up. Default 64.</summary>
    public int HandshakeBurstPerIp { get; init; } = 64;

    /// <summary>Remote hosts whose rate is remembered; beyond them newcomers share one allowance. Default 4,096.</summary>
    public int MaxTrackedIps { get; init; } = 4096;

    /// <summary>Whether loopback addresses count by IP and network too. Default false: the many nodes of a fleet share 127.0.0.1.</summary>
    public bool LimitLoopback { get; init; }

    /// <summary>Bytes that each connection reserves for its buffers. Default 32 KiB.</summary>
    public int ConnectionMemory { get; init; } = 32 * 1024;
}
