namespace IppanFleet.Grains;

/// <summary>What a gossip message is about. The larger the number, the later it is dropped when a queue is full.</summary>
[GenerateSerializer, Alias("ippan.gossip-kind")]
public enum GossipKind
{
    /// <summary>What a peer tells about itself.</summary>
    PeerInfo = 0,

    /// <summary>A transaction.</summary>
    Transaction = 1,

    /// <summary>An announced vertex of the block DAG.</summary>
    DagVertex = 2,

    /// <summary>A block.</summary>
    Block = 3,
}

/// <summary>A valid message of the network on its way through the parallel-gossip layer.</summary>
[GenerateSerializer, Immutable, Alias("ippan.gossip-item")]
public sealed record GossipItem
{
    /// <summary>What it is about.</summary>
    [Id(0)] public GossipKind Kind { get; init; }

    /// <summary>The message id: BLAKE3 of the data, 32 bytes.</summary>
    [Id(1)] public byte[] MessageId { get; init; } = [];

    /// <summary>The message as it came.</summary>
    [Id(2)] public byte[] Data { get; init; } = [];

    /// <summary>The node that heard it first in its silo, or published it.</summary>
    [Id(3)] public string Node { get; init; } = "";

    /// <summary>When that was.</summary>
    [Id(4)] public DateTimeOffset At { get; init; }

    /// <summary>The block's or transaction's own id, 32 bytes; empty for what has none.</summary>
    [Id(5)] public byte[] ContentId { get; init; } = [];
}

/// <summary>One kind of message as a shard counts it.</summary>
[GenerateSerializer, Immutable, Alias("ippan.gossip-count")]
public sealed record GossipCount
{
    /// <summary>The kind.</summary>
    [Id(0)] public GossipKind Kind { get; init; }

    /// <summary>Messages that came for the first time.</summary>
    [Id(1)] public long Accepted { get; init; }

    /// <summary>Messages that another silo had brought.</summary>
    [Id(2)] public long Duplicates { get; init; }

    /// <summary>Bytes of the messages that came for the first time.</summary>
    [Id(3)] public long Bytes { get; init; }
}

/// <summary>A shard at one moment.</summary>
[GenerateSerializer, Immutable, Alias("ippan.gossip-shard-snapshot")]
public sealed record GossipShardSnapshot
{
    /// <summary>Each kind of message that came.</summary>
    [Id(0)] public GossipCount[] Kinds { get; init; } = [];

    /// <summary>Message ids that are remembered.</summary>
    [Id(1)] public int Remembered { get; init; }

    /// <summary>Batches that came.</summary>
    [Id(2)] public long Batches { get; init; }

    /// <summary>Blocks that were kept for those who ask.</summary>
    [Id(3)] public long BlocksKept { get; init; }

    /// <summary>Messages that could not be kept or passed on to applications.</summary>
    [Id(4)] public long Failed { get; init; }
}
