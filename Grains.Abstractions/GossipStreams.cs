namespace IppanFleet.Grains;

/// <summary>The streams between the nodes' transports and the <see cref="IGossipShardGrain"/>s. The key of a stream is its shard.</summary>
public static class GossipStreams
{
    /// <summary>The stream provider: implicit subscriptions only.</summary>
    public const string Provider = "gossip";

    /// <summary>Queues of the provider; the same in every silo and client, or nothing arrives.</summary>
    public const int Partitions = 8;

    /// <summary>Shards, with the keys 0 to 15.</summary>
    public const int Shards = 16;

    /// <summary>Namespace of blocks.</summary>
    public const string Blocks = "ippan.blocks";

    /// <summary>Namespace of transactions.</summary>
    public const string Transactions = "ippan.transactions";

    /// <summary>Namespace of announced vertices of the block DAG.</summary>
    public const string DagVertices = "ippan.dag-vertices";

    /// <summary>Namespace of what peers tell about themselves.</summary>
    public const string PeerInfo = "ippan.peer-info";

    /// <summary>The stream provider for applications: explicit subscriptions to what the fleet accepted, each message once. The key of a stream is its shard, <c>0</c> to <c>15</c>.</summary>
    public const string Applications = "applications";

    /// <summary>Namespace of accepted blocks.</summary>
    public const string AcceptedBlocks = "ippan.accepted.blocks";

    /// <summary>Namespace of accepted transactions.</summary>
    public const string AcceptedTransactions = "ippan.accepted.transactions";

    /// <summary>Namespace of accepted vertices of the block DAG.</summary>
    public const string AcceptedDagVertices = "ippan.accepted.dag-vertices";

    /// <summary>Namespace of what peers told about themselves.</summary>
    public const string AcceptedPeerInfo = "ippan.accepted.peer-info";
}
