namespace IppanFleet.Libp2p.Protocols.GossipSub;

/// <summary>How far the judging of a message came.</summary>
internal enum Outcome
{
    /// <summary>It was a duplicate, for no topic of ours, or invalid; it is counted, and nothing is left to do.</summary>
    Settled,

    /// <summary>It is no message at all: its stream ends.</summary>
    Malformed,

    /// <summary>It was judged; the verdict is to take effect.</summary>
    Judged,
}

/// <summary>A message that was judged and whose verdict has not taken effect yet.</summary>
internal readonly struct Judgement(Outcome outcome)
{
    public Outcome Outcome { get; } = outcome;

    public MessageVerdict Verdict { get; init; }

    public TopicState? Topic { get; init; }

    public GossipMessage Message { get; init; }

    /// <summary>What the application decoded.</summary>
    public object? Decoded { get; init; }

    /// <summary>The message as it came.</summary>
    public ReadOnlyMemory<byte> Bytes { get; init; }

    /// <summary>When it came, in time since the node started.</summary>
    public TimeSpan At { get; init; }
}
