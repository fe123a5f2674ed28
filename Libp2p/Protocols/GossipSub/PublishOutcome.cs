namespace IppanFleet.Libp2p.Protocols.GossipSub;

/// <summary>What became of a message that was to be published.</summary>
public enum PublishStatus
{
    /// <summary>At least one peer's queue took it.</summary>
    Published,

    /// <summary>No connected peer subscribes to the topic. Nothing was remembered: it may be tried again.</summary>
    NoPeers,

    /// <summary>A message of the same id was published or seen before.</summary>
    Duplicate,

    /// <summary>The data is larger than <see cref="GossipSubOptions.MaxMessageSize"/>.</summary>
    TooLarge,

    /// <summary>All queues stayed full for <see cref="GossipSubOptions.PublishTimeout"/>.</summary>
    QueuesFull,

    /// <summary>The node is stopping.</summary>
    Stopped,
}

/// <summary>What became of a message that was to be published.</summary>
/// <param name="Status">How it went.</param>
/// <param name="Peers">How many peers it was sent to.</param>
/// <param name="Id">The message's id; default when it was too large or the node was stopping.</param>
public readonly record struct PublishOutcome(PublishStatus Status, int Peers, MessageId Id)
{
    /// <summary>Whether at least one peer was sent the message.</summary>
    public bool IsPublished => Status == PublishStatus.Published;
}
