namespace IppanFleet.Libp2p.Protocols.GossipSub;

/// <summary>What is done once in a heartbeat, and the fanout that it maintains (GossipSub 1.0 §Heartbeat, §Fanout maintenance).</summary>
internal sealed partial class Router
{
    private const int BackoffSweepHeartbeats = 15;

    private readonly List<TopicState> _expired = [];
    private long _heartbeats;

    public void Heartbeat(TimeSpan now)
    {
        foreach (var peer in _peers.Values)
        {
            CheckPromises(peer, now);
            peer.Heartbeat(now);
        }
        _cache.CollectGossip();
        foreach (var topic in _topics.Values)
        {
            if (topic.IsSubscribed) MaintainMesh(topic, now);
            else if (topic.Fanout is not null) MaintainFanout(topic, now);
            EmitGossip(topic);
            topic.GossipIds.Clear();
        }
        foreach (var topic in _expired) ForgetIfIdle(topic);
        _expired.Clear();
        _cache.Shift();
        _seen.Expire(now);
        _rejected.Expire(now);
        if (++_heartbeats % BackoffSweepHeartbeats == 0) _backoff.Sweep(now);
    }

    private List<PeerState> RenewFanout(TopicState topic, TimeSpan now)
    {
        topic.LastFanoutPublish = now;
        topic.Fanout ??= [];
        FillFanout(topic, topic.Fanout);
        return topic.Fanout;
    }

    private void MaintainFanout(TopicState topic, TimeSpan now)
    {
        if (now - topic.LastFanoutPublish < options.FanoutTtl)
        {
            FillFanout(topic, topic.Fanout!);
            return;
        }
        topic.Fanout = null;
        if (topic.IsIdle) _expired.Add(topic);
    }

    private void FillFanout(TopicState topic, List<PeerState> fanout)
    {
        fanout.RemoveAll(static peer => !peer.IsTrusted);
        if (fanout.Count >= options.MeshSize) return;
        _sampler.Reset();
        foreach (var peer in topic.Subscribers)
        {
            if (!peer.IsDirect && peer.IsTrusted && !fanout.Contains(peer)) _sampler.Add(peer);
        }
        foreach (var peer in _sampler.Draw(options.MeshSize - fanout.Count)) fanout.Add(peer);
    }
}
