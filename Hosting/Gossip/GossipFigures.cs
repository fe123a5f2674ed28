namespace IppanFleet.Hosting.Gossip;

/// <summary>What became of one kind of messages on the way from the nodes to the streams.</summary>
/// <param name="First">Arrivals of messages that were new to their silo.</param>
/// <param name="Siblings">Arrivals of messages that another node of the silo had heard before.</param>
/// <param name="Dropped">Messages that found no room.</param>
internal readonly record struct GossipFigures(long First, long Siblings, long Dropped)
{
    public static GossipFigures operator +(GossipFigures left, GossipFigures right) => new(left.First + right.First, left.Siblings + right.Siblings, left.Dropped + right.Dropped);
}
