namespace IppanFleet.Libp2p.Protocols.GossipSub;

/// <summary>The meshes: GRAFT and PRUNE, ours and our peers' (GossipSub 1.0 §Mesh maintenance, 1.1 §Prune backoff, §Outbound mesh quotas).</summary>
internal sealed partial class Router
{
    /// <summary>A peer takes us into its mesh; refusals are answered with PRUNE.</summary>
    public void ReceiveGraft(PeerState peer, ReadOnlySpan<byte> utf8, TimeSpan now)
    {
        // An unknown topic is ignored: an answer would let anybody probe us, and amplify.
        if (!TryFindTopic(utf8, out var topic) || !topic.IsSubscribed || topic.Mesh.Contains(peer)) return;
        var name = topic.Topic;
        if (_backoff.IsActive(peer.Id, name, now))
        {
            Counters.GraftsInBackoff++;
            peer.Penalty += _backoff.IsFlood(peer.Id, name, now) ? 2 : 1;
            Refuse(peer, topic, now);
        }
        else if (peer.IsDirect || !peer.IsTrusted || !peer.Topics.Contains(topic) || (topic.Mesh.Count >= options.MeshHigh && !peer.IsOutbound))
        {
            Refuse(peer, topic, now);
        }
        else
        {
            topic.Mesh.Add(peer);
            NoteMesh(peer, topic, MeshChange.GraftedByPeer);
        }
    }

    /// <summary>A peer takes us out of its mesh. <paramref name="seconds"/> is as it was on the wire: any value is safe.</summary>
    public void ReceivePrune(PeerState peer, ReadOnlySpan<byte> utf8, ulong seconds, TimeSpan now)
    {
        if (!TryFindTopic(utf8, out var topic) || !topic.IsSubscribed) return;
        _backoff.Add(peer.Id, topic.Topic, _backoff.FromWire(seconds), now);
        if (topic.Mesh.Remove(peer)) NoteMesh(peer, topic, MeshChange.PrunedByPeer);
    }

    private bool MayGraft(PeerState peer, TopicState topic, TimeSpan now) =>
        !peer.IsDirect && peer.IsTrusted && !topic.Mesh.Contains(peer) && !_backoff.ForbidsGraft(peer.Id, topic.Topic, now);

    private void Graft(PeerState peer, TopicState topic)
    {
        topic.Mesh.Add(peer);
        peer.Queue.AddGraft(topic);
        NoteMesh(peer, topic, MeshChange.Grafted);
    }

    private void Prune(PeerState peer, TopicState topic, MeshChange reason, TimeSpan backoff, TimeSpan now)
    {
        topic.Mesh.Remove(peer);
        _backoff.Add(peer.Id, topic.Topic, backoff, now);
        peer.Queue.AddPrune(topic, backoff);
        NoteMesh(peer, topic, reason);
    }

    private void Refuse(PeerState peer, TopicState topic, TimeSpan now)
    {
        _backoff.Add(peer.Id, topic.Topic, options.PruneBackoff, now);
        peer.Queue.AddPrune(topic, options.PruneBackoff);
    }

    /// <summary>Grafts random subscribers until the mesh has <paramref name="size"/> peers, or as many outbound ones.</summary>
    private void FillMesh(TopicState topic, int size, bool outboundOnly, TimeSpan now)
    {
        var present = outboundOnly ? CountOutbound(topic) : topic.Mesh.Count;
        if (present >= size) return;
        _sampler.Reset();
        foreach (var peer in topic.Subscribers)
        {
            if ((!outboundOnly || peer.IsOutbound) && MayGraft(peer, topic, now)) _sampler.Add(peer);
        }
        foreach (var peer in _sampler.Draw(size - present)) Graft(peer, topic);
    }

    private void MaintainMesh(TopicState topic, TimeSpan now)
    {
        for (var i = topic.Mesh.Count - 1; i >= 0; i--)
        {
            if (!topic.Mesh[i].IsTrusted) Prune(topic.Mesh[i], topic, MeshChange.PrunedPenalty, options.PruneBackoff, now);
        }
        if (topic.Mesh.Count < options.MeshLow) FillMesh(topic, options.MeshSize, outboundOnly: false, now);
        if (topic.Mesh.Count > options.MeshHigh) ShrinkMesh(topic, now);
        if (topic.Mesh.Count >= options.MeshLow) FillMesh(topic, options.MeshOutbound, outboundOnly: true, now);
    }

    /// <summary>Prunes random peers down to D, and keeps D_out that we dialed.</summary>
    private void ShrinkMesh(TopicState topic, TimeSpan now)
    {
        _sampler.Reset();
        foreach (var peer in topic.Mesh) _sampler.Add(peer);
        var outbound = CountOutbound(topic);
        var excess = topic.Mesh.Count - options.MeshSize;
        foreach (var peer in _sampler.Draw(_sampler.Count))
        {
            if (excess == 0) break;
            if (peer.IsOutbound && outbound <= options.MeshOutbound) continue;
            if (peer.IsOutbound) outbound--;
            excess--;
            Prune(peer, topic, MeshChange.PrunedExcess, options.PruneBackoff, now);
        }
    }

    private static int CountOutbound(TopicState topic)
    {
        var count = 0;
        foreach (var peer in topic.Mesh)
        {
            if (peer.IsOutbound) count++;
        }
        return count;
    }
}
