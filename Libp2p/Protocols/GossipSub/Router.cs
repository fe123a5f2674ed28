using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Unicode;
using IppanFleet.Libp2p.Identity;

namespace IppanFleet.Libp2p.Protocols.GossipSub;

/// <summary>A change of the overlay, for observers. <paramref name="Mesh"/> is null for a change of subscription.</summary>
internal readonly record struct OverlayChange(PeerId Peer, Topic Topic, bool Subscribed, MeshChange? Mesh);

/// <summary>The whole state of a GossipSub node and all its decisions: peers, topics, meshes, caches. Each input comes with the time; the effects are what is in the peers' queues afterwards, and
/// <see cref="Changes"/>. Not thread-safe; no sockets, clocks, tasks or logs.</summary>
/// <remarks>Split by concern: this file has peers and topics; others subscriptions, mesh, gossip, messages and the heartbeat.</remarks>
internal sealed partial class Router(GossipSubOptions options, PeerId self, Random random)
{
    private readonly Dictionary<PeerId, PeerState> _peers = [];
    private readonly Dictionary<string, TopicState> _topics = new(StringComparer.Ordinal);
    private readonly HashSet<PeerId> _direct = [];
    private readonly SeenCache _seen = new(options.SeenTtl, options.MaxSeenMessages);
    private readonly SeenCache _rejected = new(options.SeenTtl, options.MaxRejectedMessages);
    private readonly AuthorTable _authors = new(options.MaxAuthors, options.ReplayWindow);
    private readonly MessageCache _cache = new(options);
    private readonly PruneBackoff _backoff = new(options);
    private readonly PeerSampler _sampler = new(random);
    private readonly List<MessageId> _ids = [];

    public GossipSubCounters Counters { get; } = new();

    /// <summary>Changes since the caller last cleared them; collected only when somebody observes.</summary>
    public List<OverlayChange> Changes { get; } = [];

    public bool IsObserved { get; init; }

    public IReadOnlyDictionary<PeerId, PeerState> Peers => _peers;

    public IReadOnlyCollection<TopicState> Topics => _topics.Values;

    /// <summary>Backoffs remembered, for tests of the bound.</summary>
    public int Backoffs => _backoff.Count;

    public MessageCache Cache => _cache;

    /// <summary>A peer with which streams can be opened; the same peer again is the same state.</summary>
    public PeerState AddPeer(PeerId id, bool isOutbound)
    {
        if (_peers.TryGetValue(id, out var peer)) return peer;
        peer = new PeerState(id, isOutbound, options) { IsDirect = _direct.Contains(id) };
        _peers.Add(id, peer);
        Greet(peer);
        return peer;
    }

    /// <summary>Tells the peer our subscriptions and the meshes that it is in, as at the head of every new stream.</summary>
    public void Greet(PeerState peer)
    {
        foreach (var topic in _topics.Values)
        {
            if (!topic.IsSubscribed) continue;
            peer.Queue.AddSubscription(topic, subscribe: true);
            if (topic.Mesh.Contains(peer)) peer.Queue.AddGraft(topic);
        }
    }

    /// <summary>Forgets a peer whose last connection is gone; only backoffs and authors stay.</summary>
    public void RemovePeer(PeerId id)
    {
        if (!_peers.Remove(id, out var peer)) return;
        peer.IsRemoved = true;
        foreach (var topic in peer.Topics) Detach(peer, topic, MeshChange.Disconnected);
        peer.Topics.Clear();
        peer.Queue.Clear();
    }

    /// <summary>Makes a peer direct: it gets every message of its topics and is in no mesh (1.1 §Explicit peering agreements).</summary>
    public void AddDirectPeer(PeerId id, TimeSpan now)
    {
        if (!_direct.Add(id) || !_peers.TryGetValue(id, out var peer)) return;
        peer.IsDirect = true;
        foreach (var topic in peer.Topics)
        {
            if (topic.Mesh.Contains(peer)) Prune(peer, topic, MeshChange.BecameDirect, options.PruneBackoff, now);
        }
    }

    public void RemoveDirectPeer(PeerId id)
    {
        if (_direct.Remove(id) && _peers.TryGetValue(id, out var peer)) peer.IsDirect = false;
    }

    /// <summary>Finds a topic by the bytes from the wire.</summary>
    public bool TryFindTopic(ReadOnlySpan<byte> utf8, [NotNullWhen(true)] out TopicState? topic)
    {
        topic = null;
        if (utf8.Length is 0 or > Topic.MaxBytes) return false;
        Span<char> text = stackalloc char[Topic.MaxBytes];
        return Utf8.ToUtf16(utf8, text, out _, out var length, replaceInvalidSequences: false) == OperationStatus.Done
            && _topics.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(text[..length], out topic);
    }

    public bool TryFindTopic(Topic topic, [NotNullWhen(true)] out TopicState? state) => _topics.TryGetValue(topic.Name, out state);

    private TopicState GetOrAddTopic(Topic topic)
    {
        if (_topics.TryGetValue(topic.Name, out var state)) return state;
        state = new TopicState(topic);
        _topics.Add(topic.Name, state);
        return state;
    }

    /// <summary>Takes a peer out of all sets of a topic, and forgets the topic when that was the last of it.</summary>
    private void Detach(PeerState peer, TopicState topic, MeshChange reason)
    {
        topic.Subscribers.Remove(peer);
        if (topic.Mesh.Remove(peer)) NoteMesh(peer, topic, reason);
        topic.Fanout?.Remove(peer);
        NoteSubscription(peer, topic, subscribed: false);
        ForgetIfIdle(topic);
    }

    private void ForgetIfIdle(TopicState topic)
    {
        if (topic.IsIdle) _topics.Remove(topic.Topic.Name);
    }

    private void NoteMesh(PeerState peer, TopicState topic, MeshChange change)
    {
        if (change is MeshChange.Grafted or MeshChange.GraftedByPeer) topic.Inclusions++;
        else topic.Churns++;
        if (IsObserved) Changes.Add(new OverlayChange(peer.Id, topic.Topic, Subscribed: false, change));
    }

    private void NoteSubscription(PeerState peer, TopicState topic, bool subscribed)
    {
        if (IsObserved) Changes.Add(new OverlayChange(peer.Id, topic.Topic, subscribed, Mesh: null));
    }
}
