using IppanFleet.Grains;
using IppanFleet.Ippan;

namespace IppanFleet.Hosting.Gossip;

/// <summary>Knows which messages have reached any node of this silo: the first arrival goes on, further ones at sibling nodes become counts. What a node published goes on as well. Bounded and forgetful; thread-safe.</summary>
internal sealed class FirstSeen(GossipOptions options, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly HashSet<Hash32> _ids = [];
    private readonly Queue<(Hash32 Id, long At)> _order = new();
    private readonly long[] _first = new long[GossipKinds.Count];
    private readonly long[] _siblings = new long[GossipKinds.Count];

    /// <summary>Message ids that are remembered.</summary>
    internal int Remembered
    {
        get
        {
            lock (_gate) return _ids.Count;
        }
    }

    /// <summary>True the first time that any node of the silo brings the message.</summary>
    /// <param name="kind">What it is about.</param>
    /// <param name="id">The message's id.</param>
    /// <param name="isOwn">Whether the node published it itself: that is no arrival at a sibling.</param>
    internal bool IsFirst(GossipKind kind, Hash32 id, bool isOwn = false)
    {
        lock (_gate)
        {
            var now = time.GetTimestamp();
            while (_order.TryPeek(out var oldest) && (_order.Count >= options.SeenCapacity || time.GetElapsedTime(oldest.At, now) >= options.SeenTime))
            {
                _ids.Remove(oldest.Id);
                _order.Dequeue();
            }

            if (!_ids.Add(id))
            {
                if (!isOwn) _siblings[(int)kind]++;
                return false;
            }

            _order.Enqueue((id, now));
            _first[(int)kind]++;
            return true;
        }
    }

    /// <summary>Messages of a kind that were new to the silo, its own among them.</summary>
    internal long FirstArrivals(GossipKind kind) => Volatile.Read(ref _first[(int)kind]);

    /// <summary>Arrivals of messages of a kind that a sibling had heard before.</summary>
    internal long SiblingArrivals(GossipKind kind) => Volatile.Read(ref _siblings[(int)kind]);
}
