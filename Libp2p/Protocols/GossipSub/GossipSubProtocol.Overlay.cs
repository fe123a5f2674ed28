using IppanFleet.Libp2p.Identity;

namespace IppanFleet.Libp2p.Protocols.GossipSub;

/// <summary>Our own subscriptions and direct peers, and snapshots of the overlay.</summary>
public sealed partial class GossipSubProtocol
{
    /// <summary>Subscribes to <paramref name="topic"/>; false when we did already.</summary>
    public bool Subscribe(Topic topic)
    {
        if (topic == default) throw new ArgumentException("A topic needs a name.", nameof(topic));
        bool changed;
        lock (_gate) changed = _router.Subscribe(topic, Now);
        NotifyChanges();
        return changed;
    }

    /// <summary>Ends the subscription to <paramref name="topic"/>; false when there was none.</summary>
    public bool Unsubscribe(Topic topic)
    {
        bool changed;
        lock (_gate) changed = _router.Unsubscribe(topic, Now);
        NotifyChanges();
        return changed;
    }

    /// <summary>Makes <paramref name="peer"/> a direct peer: it gets every message of its topics and is in no mesh. Both sides must do so; keeping it connected is the host's task.</summary>
    public void AddDirectPeer(PeerId peer)
    {
        lock (_gate) _router.AddDirectPeer(peer, Now);
        NotifyChanges();
    }

    /// <summary>Makes a direct peer an ordinary one.</summary>
    public void RemoveDirectPeer(PeerId peer)
    {
        lock (_gate) _router.RemoveDirectPeer(peer);
    }

    /// <summary>The topics that we subscribe to.</summary>
    public IReadOnlyList<Topic> Topics
    {
        get
        {
            lock (_gate) return [.. _router.Topics.Where(static topic => topic.IsSubscribed).Select(static topic => topic.Topic)];
        }
    }

    /// <summary>The peers in our mesh of <paramref name="topic"/>.</summary>
    public IReadOnlyList<PeerId> MeshPeers(Topic topic) => Snapshot(topic, static state => state.Mesh);

    /// <summary>The connected peers that subscribe to <paramref name="topic"/>.</summary>
    public IReadOnlyList<PeerId> Subscribers(Topic topic) => Snapshot(topic, static state => state.Subscribers);

    /// <summary>The peers that we publish to on <paramref name="topic"/> without subscribing.</summary>
    public IReadOnlyList<PeerId> Fanout(Topic topic) => Snapshot(topic, static state => state.Fanout);

    /// <summary>Connected peers against which something is held, and how much; empty when all behave.</summary>
    public IReadOnlyDictionary<PeerId, PeerConduct> Misbehaving
    {
        get
        {
            Dictionary<PeerId, PeerConduct>? found = null;
            lock (_gate)
            {
                foreach (var peer in _router.Peers.Values)
                {
                    if (peer.Penalty > 0) (found ??= []).Add(peer.Id, new PeerConduct(peer.Penalty, peer.IsTrusted, peer.IsGraylisted));
                }
            }
            return found ?? (IReadOnlyDictionary<PeerId, PeerConduct>)System.Collections.Frozen.FrozenDictionary<PeerId, PeerConduct>.Empty;
        }
    }

    /// <summary>Messages of <paramref name="topic"/> since we subscribed: valid ones, each once, and copies of messages that were known.</summary>
    public (long Accepted, long Duplicates) CountsOf(Topic topic)
    {
        lock (_gate)
        {
            if (!_router.TryFindTopic(topic, out var state)) return default;
            return (state.Accepted, Math.Max(0, state.ReceivedUnfiltered - state.Received - state.Ignored - state.Rejected - state.Invalid));
        }
    }

    /// <summary>The counts at this moment.</summary>
    public GossipSubStatistics Statistics
    {
        get
        {
            lock (_gate) return _router.Counters.Snapshot(_router.Peers.Count);
        }
    }

    /// <summary>The figures of the topics that we subscribe to; only these, so that no remote can make series.</summary>
    internal void ReadFigures(Action<TopicState> read)
    {
        lock (_gate)
        {
            foreach (var topic in _router.Topics)
            {
                if (topic.IsSubscribed) read(topic);
            }
        }
    }

    /// <summary>What the router knows of a peer, or null.</summary>
    internal PeerState? FindPeer(PeerId peer)
    {
        lock (_gate) return _router.Peers.GetValueOrDefault(peer);
    }

    /// <summary>Messages that wait for peers.</summary>
    internal long CountQueued()
    {
        lock (_gate) return _router.Peers.Values.Sum(static peer => (long)peer.Queue.Messages);
    }

    private IReadOnlyList<PeerId> Snapshot(Topic topic, Func<TopicState, List<PeerState>?> set)
    {
        lock (_gate) return _router.TryFindTopic(topic, out var state) && set(state) is { } peers ? [.. peers.Select(static peer => peer.Id)] : [];
    }
}
