namespace IppanFleet.Grains;

/// <summary>How well a peer behaves, as a node sees it.</summary>
[GenerateSerializer, Alias("ippan.peer-band")]
public enum PeerBand
{
    /// <summary>Nothing is held against it.</summary>
    Good = 0,

    /// <summary>It broke rules lately.</summary>
    Suspect = 1,

    /// <summary>It broke so many that it is kept out of meshes.</summary>
    Untrusted = 2,

    /// <summary>It broke so many that its messages are not looked at.</summary>
    Ignored = 3,

    /// <summary>The fleet has banned it or its network.</summary>
    Banned = 4,
}

/// <summary>What changed about a peer at a node since the last report; what is said of counts adds up.</summary>
[GenerateSerializer, Immutable, Alias("ippan.peer-report")]
public sealed record PeerReport
{
    /// <summary>The node.</summary>
    [Id(0)] public string Node { get; init; } = "";

    /// <summary>The peer.</summary>
    [Id(1)] public string PeerId { get; init; } = "";

    /// <summary>When the node saw it so.</summary>
    [Id(2)] public DateTimeOffset At { get; init; }

    /// <summary>Whether it is connected.</summary>
    [Id(3)] public bool IsConnected { get; init; }

    /// <summary>Whether it dialed the node.</summary>
    [Id(4)] public bool IsInbound { get; init; }

    /// <summary>Where it is or was: a multiaddr as the node's transport saw it.</summary>
    [Id(5)] public string Address { get; init; } = "";

    /// <summary>Its own claim of what it is; empty before it told.</summary>
    [Id(6)] public string Agent { get; init; } = "";

    /// <summary>The protocols that it claims to speak, 128 at most.</summary>
    [Id(7)] public string[] Protocols { get; init; } = [];

    /// <summary>Where it claims to listen, 32 multiaddrs at most.</summary>
    [Id(8)] public string[] ListenAddresses { get; init; } = [];

    /// <summary>How it behaves.</summary>
    [Id(9)] public PeerBand Band { get; init; }

    /// <summary>GossipSub's behaviour penalty; it decays.</summary>
    [Id(10)] public double Penalty { get; init; }

    /// <summary>Round-trip time as last measured; null: not measured.</summary>
    [Id(11)] public TimeSpan? RoundTripTime { get; init; }

    /// <summary>Connections that came up since the last report.</summary>
    [Id(12)] public int Connections { get; init; }

    /// <summary>Valid messages that it was the first to bring since then.</summary>
    [Id(13)] public long Accepted { get; init; }

    /// <summary>Messages of which it broke a rule since then.</summary>
    [Id(14)] public long Rejected { get; init; }

    /// <summary>Whether more than figures changed: it came or went, or has another address, other claims or another band.</summary>
    [Id(15)] public bool IsMeaningful { get; init; }
}

/// <summary>What a node knows of a peer, connected or not. All but ids and counts is the peer's own claim or a measurement.</summary>
[GenerateSerializer, Immutable, Alias("ippan.peer-record")]
public sealed record PeerRecord
{
    /// <summary>The node.</summary>
    [Id(0)] public string Node { get; init; } = "";

    /// <summary>The peer.</summary>
    [Id(1)] public string PeerId { get; init; } = "";

    /// <summary>When it was first connected.</summary>
    [Id(2)] public DateTimeOffset FirstSeen { get; init; }

    /// <summary>When it was last heard to be connected, or went.</summary>
    [Id(3)] public DateTimeOffset LastSeen { get; init; }

    /// <summary>Whether it was connected then.</summary>
    [Id(4)] public bool IsConnected { get; init; }

    /// <summary>Whether it dialed the node.</summary>
    [Id(5)] public bool IsInbound { get; init; }

    /// <summary>Where it was last: a multiaddr as the node's transport saw it.</summary>
    [Id(6)] public string Address { get; init; } = "";

    /// <summary>Its agent.</summary>
    [Id(7)] public string Agent { get; init; } = "";

    /// <summary>The protocols that it speaks.</summary>
    [Id(8)] public string[] Protocols { get; init; } = [];

    /// <summary>Where it listens.</summary>
    [Id(9)] public string[] ListenAddresses { get; init; } = [];

    /// <summary>How it behaves.</summary>
    [Id(10)] public PeerBand Band { get; init; }

    /// <summary>GossipSub's behaviour penalty as last reported.</summary>
    [Id(11)] public double Penalty { get; init; }

    /// <summary>Round-trip time as last measured; null: never.</summary>
    [Id(12)] public TimeSpan? RoundTripTime { get; init; }

    /// <summary>Connections so far.</summary>
    [Id(13)] public long Connections { get; init; }

    /// <summary>Valid messages that it was the first to bring, so far.</summary>
    [Id(14)] public long Accepted { get; init; }

    /// <summary>Messages of which it broke a rule, so far.</summary>
    [Id(15)] public long Rejected { get; init; }
}

/// <summary>A connected peer in a node's list.</summary>
[GenerateSerializer, Immutable, Alias("ippan.peer-summary")]
public sealed record PeerSummary
{
    /// <summary>The peer.</summary>
    [Id(0)] public string PeerId { get; init; } = "";

    /// <summary>Where it is.</summary>
    [Id(1)] public string Address { get; init; } = "";

    /// <summary>Whether it dialed the node.</summary>
    [Id(2)] public bool IsInbound { get; init; }

    /// <summary>Its agent, as it claims.</summary>
    [Id(3)] public string Agent { get; init; } = "";

    /// <summary>Since when it is connected.</summary>
    [Id(4)] public DateTimeOffset ConnectedAt { get; init; }

    /// <summary>Round-trip time as last measured; null: not measured.</summary>
    [Id(5)] public TimeSpan? RoundTripTime { get; init; }

    /// <summary>How it behaves.</summary>
    [Id(6)] public PeerBand Band { get; init; }
}
