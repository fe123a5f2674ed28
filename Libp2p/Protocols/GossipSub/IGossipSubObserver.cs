using IppanFleet.Libp2p.Identity;

namespace IppanFleet.Libp2p.Protocols.GossipSub;

/// <summary>Why a peer entered or left the mesh of a topic.</summary>
public enum MeshChange
{
    /// <summary>We grafted it: the mesh was too small, or had too few peers that we dialed.</summary>
    Grafted,

    /// <summary>It grafted us.</summary>
    GraftedByPeer,

    /// <summary>We pruned it: the mesh was too large.</summary>
    PrunedExcess,

    /// <summary>We pruned it: its behaviour penalty is too high.</summary>
    PrunedPenalty,

    /// <summary>It pruned us.</summary>
    PrunedByPeer,

    /// <summary>It no longer subscribes to the topic.</summary>
    PeerUnsubscribed,

    /// <summary>We no longer subscribe to the topic.</summary>
    Unsubscribed,

    /// <summary>The last connection to it is gone.</summary>
    Disconnected,

    /// <summary>It became a direct peer, which no mesh contains.</summary>
    BecameDirect,
}

/// <summary>Hears of changes of the overlay. Called outside all locks, in order for each input, from several threads: return at once, throw nothing.</summary>
public interface IGossipSubObserver
{
    /// <summary><paramref name="peer"/> began or ceased to subscribe to <paramref name="topic"/>.</summary>
    void SubscriptionChanged(PeerId peer, Topic topic, bool subscribed);

    /// <summary><paramref name="peer"/> entered or left our mesh of <paramref name="topic"/>.</summary>
    void MeshChanged(PeerId peer, Topic topic, MeshChange change);
}
