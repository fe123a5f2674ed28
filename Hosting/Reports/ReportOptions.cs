namespace IppanFleet.Hosting.Reports;

/// <summary>How a silo tells grains what its nodes' peers and topics do.</summary>
public sealed record ReportOptions
{
    /// <summary>How often it looks and tells. Default 1 s.</summary>
    public TimeSpan Period { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How often a connected peer of which only figures changed is reported. Default 1 min.</summary>
    public TimeSpan PeerRefresh { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How often a topic's figures are reported. Default 5 s; a topic forgets a silo that is silent for 15 s.</summary>
    public TimeSpan TopicRefresh { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Peers whose reports may wait. Default 8,192.</summary>
    public int QueueLength { get; init; } = 8_192;

    /// <summary>Peers that are told of in a period. Default 1,024.</summary>
    public int Batch { get; init; } = 1_024;

    /// <summary>Calls of grains under way at once. Default 8.</summary>
    public int CallsInFlight { get; init; } = 8;
}

/// <summary>How long what is known of peers is kept, and of how many.</summary>
public sealed record PeerRecordOptions
{
    /// <summary>How long a record is kept that nobody changed. Default 7 days.</summary>
    public TimeSpan Lifetime { get; init; } = TimeSpan.FromDays(7);

    /// <summary>Records of peers at nodes; those that were not changed for longest make room. Default 65,536.</summary>
    public int MaxRecords { get; init; } = 65_536;

    /// <summary>Bytes that they may have together as they are stored. Default 128 MiB.</summary>
    public long MaxBytes { get; init; } = 128L << 20;
}
