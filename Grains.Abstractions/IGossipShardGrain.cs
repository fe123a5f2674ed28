namespace IppanFleet.Grains;

/// <summary>One shard of the parallel-gossip layer: it takes the streams whose key is its own, and knows each message once, whichever silo brings it.</summary>
[Alias("ippan.gossip-shard")]
public interface IGossipShardGrain : IGrainWithStringKey
{
    /// <summary>What passed through so far.</summary>
    [Alias("snapshot")]
    Task<GossipShardSnapshot> Snapshot();
}
