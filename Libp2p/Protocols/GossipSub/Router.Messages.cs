using IppanFleet.Libp2p.Identity;

namespace IppanFleet.Libp2p.Protocols.GossipSub;

/// <summary>What the router knows of a message before its signature is checked.</summary>
internal enum Admission
{
    /// <summary>It may be new.</summary>
    New,

    /// <summary>Its id was seen.</summary>
    Duplicate,

    /// <summary>Its id was rejected.</summary>
    KnownRejected,

    /// <summary>The peer that brings it has misbehaved too much.</summary>
    Graylisted,

    /// <summary>Its author has used the sequence number, or is far beyond it.</summary>
    Replay,
}

/// <summary>Messages on their way: arriving, forwarded, published.</summary>
internal sealed partial class Router
{
    /// <summary>Looks a message up. Nothing is remembered: an unverified message must not keep the genuine one out (an id may cover less than the author).</summary>
    public Admission Admit(PeerState source, in MessageId id, ReadOnlySpan<byte> from, ulong sequence, TopicState topic, TimeSpan now, out PeerId? author)
    {
        author = null;
        Counters.Received++;
        topic.ReceivedUnfiltered++;
        if (_seen.Contains(id, now))
        {
            Counters.Duplicates++;
            return Admission.Duplicate;
        }
        if (_rejected.Contains(id, now))
        {
            Counters.KnownRejected++;
            return Admission.KnownRejected;
        }
        if (source.IsGraylisted)
        {
            Counters.Graylisted++;
            return Admission.Graylisted;
        }
        if (_authors.TryFind(from, out var known))
        {
            author = known.Peer;
            if (!known.Window.IsReplay(sequence)) return Admission.New;
        }
        else if (!from.SequenceEqual(self.Bytes))
        {
            return Admission.New;
        }
        Counters.Replayed++;
        return Admission.Replay;
    }

    /// <summary>Takes a message that passed validation: remembers it and puts it into the queues of mesh and direct peers. False when a copy was faster.</summary>
    public bool Accept(PeerState source, PeerId author, ulong sequence, TopicState topic, in MessageId id, byte[] frame, TimeSpan now)
    {
        if (!_seen.TryAdd(id, now))
        {
            Counters.Duplicates++;
            return false;
        }
        _authors.Take(author, sequence);
        _cache.Add(id, topic, frame);
        Counters.Accepted++;
        topic.Received++;
        topic.Accepted++;
        foreach (var peer in topic.Mesh) Forward(peer, source, author, topic, id, frame, now);
        if (_direct.Count == 0) return true;
        foreach (var peer in topic.Subscribers)
        {
            if (peer.IsDirect) Forward(peer, source, author, topic, id, frame, now);
        }
        return true;
    }

    /// <summary>Notes that the application found the content invalid.</summary>
    public void Reject(PeerState source, TopicState topic, in MessageId id, TimeSpan now)
    {
        _rejected.TryAdd(id, now);
        source.Penalty++;
        Counters.Rejected++;
        topic.Rejected++;
    }

    public void Ignore(TopicState topic)
    {
        Counters.Ignored++;
        topic.Ignored++;
    }

    /// <summary>Notes a message that breaks strict signing or the size limit.</summary>
    public void Invalid(PeerState source, TopicState topic)
    {
        source.Penalty++;
        Counters.Invalid++;
        topic.Invalid++;
    }

    public bool IsKnown(in MessageId id, TimeSpan now) => _seen.Contains(id, now);

    /// <summary>Publishes a frame of ours. Null when the queues of all recipients are full; then nothing has changed.</summary>
    public PublishOutcome? TryPublish(Topic name, in MessageId id, byte[] frame, TimeSpan now)
    {
        if (_seen.Contains(id, now)) return new PublishOutcome(PublishStatus.Duplicate, 0, id);
        if (!TryFindTopic(name, out var topic)) return new PublishOutcome(PublishStatus.NoPeers, 0, id);
        SelectRecipients(topic, now);
        var recipients = _sampler.Draw(_sampler.Count);
        if (recipients.IsEmpty) return new PublishOutcome(PublishStatus.NoPeers, 0, id);
        var hasRoom = false;
        foreach (var peer in recipients) hasRoom |= peer.Queue.HasRoom(frame.Length);
        if (!hasRoom) return null;
        var sent = 0;
        foreach (var peer in recipients)
        {
            if (peer.Queue.TryAddMessage(frame)) sent++;
            else Counters.DroppedQueueFull++;
        }
        _seen.TryAdd(id, now);
        _cache.Add(id, topic, frame);
        Counters.Published++;
        topic.Sent++;
        return new PublishOutcome(PublishStatus.Published, sent, id);
    }

    /// <summary>Who gets a message of ours: all subscribers, or mesh, fanout and direct peers (1.1 §Flood publishing).</summary>
    private void SelectRecipients(TopicState topic, TimeSpan now)
    {
        var insiders = topic.IsSubscribed ? topic.Mesh : RenewFanout(topic, now);
        _sampler.Reset();
        foreach (var peer in topic.Subscribers)
        {
            if (peer.IsDirect || (peer.IsTrusted && (options.FloodPublish || insiders.Contains(peer)))) _sampler.Add(peer);
        }
    }

    private void Forward(PeerState peer, PeerState source, PeerId author, TopicState topic, in MessageId id, byte[] frame, TimeSpan now)
    {
        if (peer == source || peer.Id == author) return;
        if (peer.DoesNotWant(id, now))
        {
            Counters.NotWanted++;
        }
        else if (peer.Queue.TryAddMessage(frame))
        {
            if (peer.SpeaksIDontWant) peer.Queue.RemoveNotWanted(id);
            Counters.Forwarded++;
            topic.Sent++;
        }
        else
        {
            Counters.DroppedQueueFull++;
        }
    }
}
