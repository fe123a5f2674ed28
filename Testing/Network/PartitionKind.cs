namespace IppanFleet.Testing;

/// <summary>What a partition does to connections across it.</summary>
public enum PartitionKind
{
    /// <summary>They go silent: what is sent waits, and so do dials, until the partition heals or somebody loses patience. What a cable that was pulled does.</summary>
    Blackhole,

    /// <summary>They are reset, and dials are refused at once. What a firewall does that rejects.</summary>
    Cut,
}
