using System.Runtime.InteropServices;

namespace IppanFleet.Libp2p.Protocols.GossipSub;

/// <summary>Gossip about messages: IHAVE, IWANT, IDONTWANT (GossipSub 1.0 §Gossip propagation, 1.1 §Spam protection, 1.2).</summary>
internal sealed partial class Router
{
    /// <summary>A peer tells what it has; what we lack is asked for, within the allowance of a heartbeat.</summary>
    public void ReceiveIHave(PeerState peer, ReadOnlySpan<byte> utf8, MessageIdList ids, TimeSpan now)
    {
        if (!peer.IsTrusted || !TryFindTopic(utf8, out var topic) || !topic.IsSubscribed) return;
        var allowance = options.MaxIHaveIds - peer.AskedIds;
        if (++peer.IHaveMessages > options.MaxIHaveMessages || allowance <= 0)
        {
            Counters.DroppedControl += ids.Count;
            return;
        }
        _ids.Clear();
        while (ids.TryNext(out var id))
        {
            if (_seen.Contains(id, now) || _rejected.Contains(id, now)) continue;
            if (_ids.Count < allowance) _ids.Add(id);
            else Counters.DroppedControl++;
        }
        if (_ids.Count == 0) return;
        peer.AskedIds += _ids.Count;
        foreach (var entry in ControlEncoder.IWant(CollectionsMarshal.AsSpan(_ids), options.CoalescingLimit - ControlHead))
        {
            if (!peer.Queue.TryAddGossip(entry))
            {
                Counters.DroppedGossip++;
                return;
            }
        }
        Counters.Requested += _ids.Count;
        peer.Promises.Enqueue((_ids[random.Next(_ids.Count)], now + options.IWantFollowUp));
    }

    /// <summary>A peer asks for messages; each is sent to it a few times at most.</summary>
    public void ReceiveIWant(PeerState peer, MessageIdList ids)
    {
        if (!peer.IsTrusted) return;
        while (ids.TryNext(out var id))
        {
            if (++peer.IWantIds > options.MaxIWantIds)
            {
                Counters.DroppedControl++;
                continue;
            }
            var frame = _cache.Request(id, peer.Id, out var known);
            if (!known) Counters.CacheMisses++;
            if (frame is not null && !peer.Queue.TryAddMessage(frame)) Counters.DroppedQueueFull++;
        }
    }

    /// <summary>A peer has messages already; we skip it when they are forwarded.</summary>
    public void ReceiveIDontWant(PeerState peer, MessageIdList ids, TimeSpan now)
    {
        while (ids.TryNext(out var id))
        {
            if (++peer.IDontWantIds > options.MaxIDontWantIds) Counters.DroppedControl++;
            else peer.AddNotWanted(id, now);
        }
    }

    /// <summary>Spares us copies of a large message whose signature was found valid. Not earlier: a forger could make us refuse the genuine one.</summary>
    public void AnnounceNotWanted(PeerState source, TopicState topic, in MessageId id)
    {
        foreach (var peer in topic.Mesh)
        {
            if (peer != source && peer.SpeaksIDontWant && !peer.Queue.TryAddNotWanted(id)) Counters.DroppedGossip++;
        }
    }

    private const int ControlHead = 16;

    /// <summary>Tells random peers outside the mesh what we have.</summary>
    private void EmitGossip(TopicState topic)
    {
        var insiders = topic.IsSubscribed ? topic.Mesh : topic.Fanout;
        if (topic.GossipIds.Count == 0 || insiders is null) return;
        _sampler.Reset();
        foreach (var peer in topic.Subscribers)
        {
            if (!peer.IsDirect && peer.IsTrusted && !insiders.Contains(peer)) _sampler.Add(peer);
        }
        if (_sampler.Count == 0) return;
        var targets = _sampler.Draw(Math.Max(options.GossipPeers, (int)(options.GossipFactor * _sampler.Count)));
        var ids = CollectionsMarshal.AsSpan(topic.GossipIds);
        List<byte[]>? entries = null;
        foreach (var peer in targets)
        {
            // Each peer hears of other ids when there are too many, so that together they hear of more.
            if (ids.Length > options.MaxIHaveIds)
            {
                random.Shuffle(ids);
                entries = null;
            }
            entries ??= ControlEncoder.IHave(topic, ids[..Math.Min(ids.Length, options.MaxIHaveIds)], options.CoalescingLimit - ControlHead);
            foreach (var entry in entries)
            {
                if (!peer.Queue.TryAddGossip(entry)) Counters.DroppedGossip++;
            }
        }
    }

    private void CheckPromises(PeerState peer, TimeSpan now)
    {
        while (peer.Promises.TryPeek(out var promise) && promise.Deadline <= now)
        {
            peer.Promises.Dequeue();
            if (_seen.Contains(promise.Id, now) || _rejected.Contains(promise.Id, now)) continue;
            peer.Penalty++;
            Counters.BrokenPromises++;
        }
    }
}
