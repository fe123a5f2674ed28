using IppanFleet.Libp2p.Identity;

namespace IppanFleet.Libp2p.Protocols.GossipSub;

/// <summary>Until when which peer may not be grafted on which topic (GossipSub 1.1 §Prune backoff). It outlives connections, so that nobody escapes a backoff by reconnecting.</summary>
internal sealed class PruneBackoff(GossipSubOptions options)
{
    private readonly Dictionary<(PeerId Peer, Topic Topic), TimeSpan> _until = [];

    public int Count => _until.Count;

    /// <summary>Whether a GRAFT from <paramref name="peer"/> would come too early.</summary>
    public bool IsActive(PeerId peer, Topic topic, TimeSpan now) => _until.TryGetValue((peer, topic), out var until) && until > now;

    /// <summary>Whether a GRAFT of ours would come too early; one heartbeat of slack keeps us clear of the remote's clock.</summary>
    public bool ForbidsGraft(PeerId peer, Topic topic, TimeSpan now) => _until.TryGetValue((peer, topic), out var until) && until + options.HeartbeatInterval > now;

    /// <summary>Whether the backoff began less than the graft flood threshold ago.</summary>
    public bool IsFlood(PeerId peer, Topic topic, TimeSpan now) =>
        _until.TryGetValue((peer, topic), out var until) && now < until - options.PruneBackoff + options.GraftFloodThreshold;

    /// <summary>Starts or extends a backoff; it never gets shorter.</summary>
    public void Add(PeerId peer, Topic topic, TimeSpan duration, TimeSpan now)
    {
        var until = now + (duration < options.MaxBackoff ? duration : options.MaxBackoff);
        if (_until.TryGetValue((peer, topic), out var present))
        {
            if (present < until) _until[(peer, topic)] = until;
            return;
        }
        if (_until.Count >= options.MaxBackoffs) Sweep(now);
        if (_until.Count < options.MaxBackoffs) _until.Add((peer, topic), until);
    }

    /// <summary>The backoff that a PRUNE asks for: seconds as the remote wrote them; 0 means that it named none.</summary>
    public TimeSpan FromWire(ulong seconds)
    {
        if (seconds == 0) return options.PruneBackoff;
        return seconds >= (ulong)options.MaxBackoff.TotalSeconds ? options.MaxBackoff : TimeSpan.FromSeconds((long)seconds);
    }

    /// <summary>Forgets what has run out, slack included.</summary>
    public void Sweep(TimeSpan now)
    {
        foreach (var (key, until) in _until)
        {
            if (until + options.HeartbeatInterval <= now) _until.Remove(key);
        }
    }
}
