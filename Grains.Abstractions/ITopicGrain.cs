namespace IppanFleet.Grains;

/// <summary>A gossip topic over the whole fleet: who subscribes, meshes, rates. Its key is the topic.</summary>
[Alias("ippan.topic")]
public interface ITopicGrain : IGrainWithStringKey
{
    /// <summary>Takes in what changed. False when this does not make a whole, because the grain is new: then the silo reports all of its nodes next.</summary>
    [Alias("report")]
    Task<bool> Report(TopicReport report);

    /// <summary>The topic as the silos last told it.</summary>
    [Alias("summary")]
    Task<TopicSummary> Summary();

    /// <summary>A page of the nodes that subscribe, in the order of their names; at most <see cref="FleetKeys.MaxPage"/>.</summary>
    [Alias("nodes")]
    Task<NodeTopic[]> Nodes(int skip, int take);
}
