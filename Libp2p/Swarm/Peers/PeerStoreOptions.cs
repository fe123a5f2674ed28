namespace IppanFleet.Libp2p.Swarm;

/// <summary>Who told an address; decides how long it is kept.</summary>
public enum AddressSource
{
    /// <summary>Somebody else told it: peer exchange, a DHT answer, mDNS.</summary>
    Hearsay,

    /// <summary>The peer itself told it, over its own connection.</summary>
    Identify,

    /// <summary>The application or the operator gave it.</summary>
    Configured,
}

/// <summary>The bounds of a <see cref="PeerStore"/>.</summary>
public sealed record PeerStoreOptions
{
    /// <summary>Peers that are kept; beyond, whoever was not touched for longest is forgotten. Default 4,096.</summary>
    public int MaxPeers { get; init; } = 4096;

    /// <summary>Addresses that are kept of a peer; beyond, those that expire first are forgotten. Default 64.</summary>
    public int MaxAddressesPerPeer { get; init; } = 64;

    /// <summary>Protocols that are kept of a peer. Default 1,024.</summary>
    public int MaxProtocolsPerPeer { get; init; } = 1024;

    /// <summary>The largest signed record that is kept, in bytes. Default 4 KiB.</summary>
    public int MaxRecordSize { get; init; } = 4096;

    /// <summary>How long an address that somebody else told is kept. Default 10 min.</summary>
    public TimeSpan HearsayLifetime { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long an address that the peer itself told is kept, and its protocols. Default 1 h.</summary>
    public TimeSpan IdentifyLifetime { get; init; } = TimeSpan.FromHours(1);

    internal DateTimeOffset Until(AddressSource source, DateTimeOffset now) => source switch
    {
        AddressSource.Configured => DateTimeOffset.MaxValue,
        AddressSource.Identify => now + IdentifyLifetime,
        _ => now + HearsayLifetime,
    };
}
