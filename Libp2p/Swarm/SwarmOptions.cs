namespace IppanFleet.Libp2p.Swarm;

/// <summary>The swarm's bounds and deadlines.</summary>
public sealed record SwarmOptions
{
    /// <summary>Connections in all, both directions. Default 1,024.</summary>
    public int MaxConnections { get; init; } = 1024;

    /// <summary>Connections with one peer. Default 4.</summary>
    public int MaxConnectionsPerPeer { get; init; } = 4;

    /// <summary>Inbound connections whose handshake is under way; further ones are closed before any cryptography. Default 128.</summary>
    public int MaxPendingInbound { get; init; } = 128;

    /// <summary>Streams of one connection that the remote opened and that are being served. Default 256.</summary>
    public int MaxInboundStreamsPerConnection { get; init; } = 256;

    /// <summary>What peers, addresses, networks, protocols and the host may use besides.</summary>
    public ResourceLimits Limits { get; init; } = new();

    /// <summary>What this host shares with others of the process. Default: nothing.</summary>
    public ProcessResources? Process { get; init; }

    /// <summary>From the raw connection to the multiplexed one. Default 15 s.</summary>
    public TimeSpan UpgradeTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Reaching one address. Default 10 s.</summary>
    public TimeSpan DialTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Agreeing on a stream's protocol. Default 10 s.</summary>
    public TimeSpan NegotiationTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>A connection without streams is closed after this. Default 60 s.</summary>
    public TimeSpan IdleConnectionTimeout { get; init; } = TimeSpan.FromSeconds(60);
}
