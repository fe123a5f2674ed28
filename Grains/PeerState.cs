namespace IppanFleet.Grains;

/// <summary>What a node remembers of a peer.</summary>
[GenerateSerializer, Alias("ippan.peer-state")]
public sealed class PeerState
{
    /// <summary>When it was first connected.</summary>
    [Id(0)] public DateTimeOffset FirstSeen { get; set; }

    /// <summary>When it was last heard to be connected, or went.</summary>
    [Id(1)] public DateTimeOffset LastSeen { get; set; }

    /// <summary>Whether it was connected then.</summary>
    [Id(2)] public bool IsConnected { get; set; }

    /// <summary>Whether it dialed the node.</summary>
    [Id(3)] public bool IsInbound { get; set; }

    /// <summary>Where it was last.</summary>
    [Id(4)] public string Address { get; set; } = "";

    /// <summary>Its agent, as it claims.</summary>
    [Id(5)] public string Agent { get; set; } = "";

    /// <summary>The protocols that it claims to speak.</summary>
    [Id(6)] public string[] Protocols { get; set; } = [];

    /// <summary>Where it claims to listen.</summary>
    [Id(7)] public string[] ListenAddresses { get; set; } = [];

    /// <summary>How it behaves.</summary>
    [Id(8)] public PeerBand Band { get; set; }

    /// <summary>GossipSub's behaviour penalty as last reported.</summary>
    [Id(9)] public double Penalty { get; set; }

    /// <summary>Round-trip time as last measured.</summary>
    [Id(10)] public TimeSpan? RoundTripTime { get; set; }

    /// <summary>Connections so far.</summary>
    [Id(11)] public long Connections { get; set; }

    /// <summary>Valid messages that it was the first to bring, so far.</summary>
    [Id(12)] public long Accepted { get; set; }

    /// <summary>Messages of which it broke a rule, so far.</summary>
    [Id(13)] public long Rejected { get; set; }

    /// <summary>Takes in what changed; claims that are empty were not made yet.</summary>
    internal void Apply(PeerReport report)
    {
        if (FirstSeen == default) FirstSeen = report.At;
        (LastSeen, IsConnected, IsInbound, Band, Penalty) = (report.At, report.IsConnected, report.IsInbound, report.Band, report.Penalty);
        if (report.Address.Length > 0) Address = report.Address;
        if (report.Agent.Length > 0) Agent = report.Agent;
        if (report.Protocols.Length > 0) Protocols = report.Protocols;
        if (report.ListenAddresses.Length > 0) ListenAddresses = report.ListenAddresses;
        RoundTripTime = report.RoundTripTime ?? RoundTripTime;
        Connections += report.Connections;
        Accepted += report.Accepted;
        Rejected += report.Rejected;
    }
}
