namespace IppanFleet.Libp2p.Protocols.GossipSub;

/// <summary>Counts since the node started, taken at one moment.</summary>
public sealed record GossipSubStatistics
{
    /// <summary>Messages that we published.</summary>
    public long Published { get; init; }

    /// <summary>Messages that arrived, copies included.</summary>
    public long Received { get; init; }

    /// <summary>Copies of messages that were known.</summary>
    public long Duplicates { get; init; }

    /// <summary>Copies of messages that were rejected before.</summary>
    public long KnownRejected { get; init; }

    /// <summary>Messages that passed validation.</summary>
    public long Accepted { get; init; }

    /// <summary>Messages that the application rejected.</summary>
    public long Rejected { get; init; }

    /// <summary>Messages that the application ignored.</summary>
    public long Ignored { get; init; }

    /// <summary>Messages without a valid signature, sequence number or author, or too large.</summary>
    public long Invalid { get; init; }

    /// <summary>Messages whose sequence number the author has used or left far behind.</summary>
    public long Replayed { get; init; }

    /// <summary>Messages of peers whose behaviour penalty was too high for them to be looked at.</summary>
    public long Graylisted { get; init; }

    /// <summary>Messages for topics that we do not subscribe to.</summary>
    public long UnknownTopic { get; init; }

    /// <summary>Copies that we sent on, own ones not included.</summary>
    public long Forwarded { get; init; }

    /// <summary>Messages that were not sent to a peer because its queue was full.</summary>
    public long DroppedQueueFull { get; init; }

    /// <summary>Pieces of gossip that were not sent to a peer because its queue was full.</summary>
    public long DroppedGossip { get; init; }

    /// <summary>Subscriptions of peers that were passed over because of a limit.</summary>
    public long DroppedSubscriptions { get; init; }

    /// <summary>IHAVE, IWANT and IDONTWANT ids of peers that were passed over because of a limit.</summary>
    public long DroppedControl { get; init; }

    /// <summary>Copies that were not sent because the peer had said it does not want them.</summary>
    public long NotWanted { get; init; }

    /// <summary>Messages that peers asked for and that we no longer had.</summary>
    public long CacheMisses { get; init; }

    /// <summary>Message ids that we asked peers for.</summary>
    public long Requested { get; init; }

    /// <summary>Peers that announced a message and did not send it when asked.</summary>
    public long BrokenPromises { get; init; }

    /// <summary>GRAFTs that came during a backoff.</summary>
    public long GraftsInBackoff { get; init; }

    /// <summary>Peers with which we exchange messages.</summary>
    public int Peers { get; init; }
}
