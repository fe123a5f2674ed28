namespace IppanFleet.Libp2p.Protocols.GossipSub;

/// <summary>The live counts behind <see cref="GossipSubStatistics"/>; part of the router's state and guarded with it.</summary>
internal sealed class GossipSubCounters
{
    public long Published, Received, Duplicates, KnownRejected, Accepted, Rejected, Ignored, Invalid, Replayed, Graylisted, UnknownTopic, Forwarded,
        DroppedQueueFull, DroppedGossip, DroppedSubscriptions, DroppedControl, NotWanted, CacheMisses, Requested, BrokenPromises, GraftsInBackoff;

    public GossipSubStatistics Snapshot(int peers) => new()
    {
        Published = Published,
        Received = Received,
        Duplicates = Duplicates,
        KnownRejected = KnownRejected,
        Accepted = Accepted,
        Rejected = Rejected,
        Ignored = Ignored,
        Invalid = Invalid,
        Replayed = Replayed,
        Graylisted = Graylisted,
        UnknownTopic = UnknownTopic,
        Forwarded = Forwarded,
        DroppedQueueFull = DroppedQueueFull,
        DroppedGossip = DroppedGossip,
        DroppedSubscriptions = DroppedSubscriptions,
        DroppedControl = DroppedControl,
        NotWanted = NotWanted,
        CacheMisses = CacheMisses,
        Requested = Requested,
        BrokenPromises = BrokenPromises,
        GraftsInBackoff = GraftsInBackoff,
        Peers = peers,
    };
}
