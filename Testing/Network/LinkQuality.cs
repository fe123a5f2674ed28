namespace IppanFleet.Testing;

/// <summary>How the network treats what is sent: the same on every link, each way.</summary>
internal sealed record LinkQuality
{
    /// <summary>Nothing stands in the way.</summary>
    internal static LinkQuality Perfect { get; } = new();

    internal TimeSpan MinLatency { get; init; }

    internal TimeSpan MaxLatency { get; init; }

    /// <summary>The chance that a chunk is lost, and lost again.</summary>
    internal double Loss { get; init; }

    /// <summary>How long the stream stalls for the first loss of a chunk; it doubles with each further one.</summary>
    internal TimeSpan Retransmission { get; init; }

    /// <summary>The chance that a chunk is the last one of its connection.</summary>
    internal double Reset { get; init; }

    internal bool IsPerfect => this == Perfect;
}
