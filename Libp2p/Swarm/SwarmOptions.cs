using IppanFleet.Libp2p.Multiformats;

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

    /// <summary>Above this many connections the least useful ones are closed, down to <see cref="LowWater"/>. Default 960.</summary>
    public int HighWater { get; init; } = 960;

    /// <summary>How many connections are left after <see cref="HighWater"/> was passed. Default 896.</summary>
    public int LowWater { get; init; } = 896;

    /// <summary>A connection younger than this is neither evicted nor trimmed. Default 20 s.</summary>
    public TimeSpan GracePeriod { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Says who may connect. Default: everybody.</summary>
    public IConnectionGater? Gater { get; init; }

    /// <summary>Addresses that are tried for one dial, after names are resolved. Default 32.</summary>
    public int MaxAddressesPerDial { get; init; } = 32;

    /// <summary>How long one address is tried alone before the next joins in (RFC 8305 §8). Default 250 ms.</summary>
    public TimeSpan DialStagger { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Addresses that are dialed at a time, by all dials. Default 128.</summary>
    public int MaxConcurrentDials { get; init; } = 128;

    /// <summary>Addresses that wait for their turn to be dialed, for <see cref="DialTimeout"/> at most; further dials are refused. Default 1,024.</summary>
    public int MaxQueuedDials { get; init; } = 1024;

    /// <summary>Dials under way to one remote host (loopback aside), so that nobody can point us at a victim; further ones wait. Default 8.</summary>
    public int MaxDialsPerHost { get; init; } = 8;

    /// <summary>How long an address that failed is left alone, doubled with each failure; a dial of one address that is asked for by itself is made all the same. Default 1 s.</summary>
    public TimeSpan DialBackoff { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>What <see cref="DialBackoff"/> grows to. Default 60 s.</summary>
    public TimeSpan MaxDialBackoff { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>What others are told about where to dial us. Default null: where we listen, and where enough peers see us.</summary>
    public IReadOnlyList<Multiaddr>? AnnounceAddresses { get; init; }

    /// <summary>Addresses for which this answers false are neither told to others nor taken from them. Default null: all are.</summary>
    public Func<Multiaddr, bool>? AddressFilter { get; init; }

    /// <summary>Peers, of as many different networks, that must see us under an address before we tell it to others. Default 4.</summary>
    public int ObservationsNeeded { get; init; } = 4;

    /// <summary>How long what a peer saw counts. Default 40 min.</summary>
    public TimeSpan ObservationLifetime { get; init; } = TimeSpan.FromMinutes(40);

    /// <summary>The bounds of what is kept of peers.</summary>
    public PeerStoreOptions Store { get; init; } = new();

    /// <summary>Who resolves names. Default: the system.</summary>
    public INameService? Names { get; init; }

    /// <summary>From the raw connection to the multiplexed one. Default 15 s.</summary>
    public TimeSpan UpgradeTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Reaching one address; waiting for the turn to do so may take as long again. Default 10 s.</summary>
    public TimeSpan DialTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Agreeing on a stream's protocol. Default 10 s.</summary>
    public TimeSpan NegotiationTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>A connection without streams is closed after this. Default 60 s.</summary>
    public TimeSpan IdleConnectionTimeout { get; init; } = TimeSpan.FromSeconds(60);
}
