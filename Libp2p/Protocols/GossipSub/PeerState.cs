using IppanFleet.Libp2p.Identity;

namespace IppanFleet.Libp2p.Protocols.GossipSub;

/// <summary>What the router knows of one connected peer.</summary>
internal sealed class PeerState(PeerId id, bool isOutbound, GossipSubOptions options)
{
    private SeenCache? _notWanted;

    public PeerId Id { get; } = id;

    /// <summary>Whether we dialed it.</summary>
    public bool IsOutbound { get; } = isOutbound;

    /// <summary>Whether it speaks GossipSub 1.2, once a stream told.</summary>
    public bool SpeaksIDontWant { get; set; }

    /// <summary>Whether it gets every message and is in no mesh.</summary>
    public bool IsDirect { get; set; }

    /// <summary>Whether its last connection is gone; what its streams still bring changes nothing any more.</summary>
    public bool IsRemoved { get; set; }

    /// <summary>The topics that it subscribes to.</summary>
    public HashSet<TopicState> Topics { get; } = [];

    /// <summary>What waits to be sent to it.</summary>
    public OutboundQueue Queue { get; } = new(options);

    /// <summary>Sum of its misbehaviour, decaying: broken promises, grafts in backoff, invalid messages. Peer scores would take its place.</summary>
    public double Penalty { get; set; }

    /// <summary>Whether it may be in a mesh and hear gossip.</summary>
    public bool IsTrusted => Penalty <= options.MaxPenalty;

    /// <summary>Whether its messages are not looked at.</summary>
    public bool IsGraylisted => Penalty > options.GraylistPenalty && !IsDirect;

    /// <summary>Used up since the last heartbeat.</summary>
    public int IHaveMessages, AskedIds, IWantIds, IDontWantIds;

    /// <summary>For each IWANT one of its ids, and until when the message must have come.</summary>
    public Queue<(MessageId Id, TimeSpan Deadline)> Promises { get; } = new();

    /// <summary>Notes that the peer does not want a message.</summary>
    public void AddNotWanted(in MessageId id, TimeSpan now)
    {
        _notWanted ??= new SeenCache(options.IDontWantHeartbeats * options.HeartbeatInterval, options.IDontWantHeartbeats * options.MaxIDontWantIds);
        _notWanted.TryAdd(id, now);
    }

    /// <summary>Whether the peer said that it does not want a message.</summary>
    public bool DoesNotWant(in MessageId id, TimeSpan now) => _notWanted is not null && _notWanted.Contains(id, now);

    /// <summary>Begins a new heartbeat's allowances.</summary>
    public void Heartbeat(TimeSpan now)
    {
        (IHaveMessages, AskedIds, IWantIds, IDontWantIds) = (0, 0, 0, 0);
        Penalty = Penalty < 0.01 ? 0 : Penalty * options.PenaltyDecay;
        if (_notWanted is null) return;
        _notWanted.Expire(now);
        if (_notWanted.Count == 0) _notWanted = null;
    }
}
