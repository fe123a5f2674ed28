using System.Text;
using System.Text.Unicode;

namespace IppanFleet.Libp2p.Protocols.GossipSub;

/// <summary>Who subscribes to what: ourselves and our peers.</summary>
internal sealed partial class Router
{
    /// <summary>Subscribes us: peers are told, and a mesh is built of the fanout and of other subscribers, backoffs respected here as everywhere.</summary>
    public bool Subscribe(Topic name, TimeSpan now)
    {
        var topic = GetOrAddTopic(name);
        if (topic.IsSubscribed) return false;
        topic.IsSubscribed = true;
        foreach (var peer in _peers.Values) peer.Queue.AddSubscription(topic, subscribe: true);
        if (topic.Fanout is { } fanout)
        {
            topic.Fanout = null;
            foreach (var peer in fanout)
            {
                if (topic.Mesh.Count < options.MeshSize && MayGraft(peer, topic, now)) Graft(peer, topic);
            }
        }
        FillMesh(topic, options.MeshSize, outboundOnly: false, now);
        return true;
    }

    /// <summary>Ends our subscription: the mesh is pruned with the shorter backoff of its own, which we keep to as well.</summary>
    public bool Unsubscribe(Topic name, TimeSpan now)
    {
        if (!TryFindTopic(name, out var topic) || !topic.IsSubscribed) return false;
        while (topic.Mesh.Count > 0) Prune(topic.Mesh[^1], topic, MeshChange.Unsubscribed, options.UnsubscribeBackoff, now);
        topic.IsSubscribed = false;
        foreach (var peer in _peers.Values) peer.Queue.AddSubscription(topic, subscribe: false);
        ForgetIfIdle(topic);
        return true;
    }

    /// <summary>A peer's announcement. Beyond the limits it is passed over: the peer is then simply no subscriber to us.</summary>
    public void ReceiveSubscription(PeerState peer, ReadOnlySpan<byte> utf8, bool subscribe, TimeSpan now)
    {
        if (peer.IsRemoved) return;
        var known = TryFindTopic(utf8, out var topic);
        if (!subscribe)
        {
            if (known && peer.Topics.Remove(topic!)) Detach(peer, topic!, MeshChange.PeerUnsubscribed);
            return;
        }
        if (known && peer.Topics.Contains(topic!)) return;
        if (peer.Topics.Count >= options.MaxTopicsPerPeer || (!known && (_topics.Count >= options.MaxTopics || utf8.IsEmpty || !Utf8.IsValid(utf8))))
        {
            Counters.DroppedSubscriptions++;
            return;
        }
        topic ??= GetOrAddTopic(new Topic(Encoding.UTF8.GetString(utf8)));
        peer.Topics.Add(topic);
        topic.Subscribers.Add(peer);
        NoteSubscription(peer, topic, subscribed: true);
        // The mesh of a young node need not wait for the heartbeat.
        if (topic.IsSubscribed && topic.Mesh.Count < options.MeshLow && MayGraft(peer, topic, now)) Graft(peer, topic);
    }
}
