namespace IppanFleet.Libp2p.Protocols.GossipSub;

/// <summary>Message ids that were seen less than a fixed time ago. Bounded: when full, the oldest goes first. An id keeps the time of its first sight.</summary>
/// <remarks>A hash table threaded through a ring: since all ids live equally long, the ring's order is the order of expiry, and adding is the only time that anything has to move.</remarks>
internal sealed class SeenCache(TimeSpan ttl, int capacity)
{
    private const int SmallestSize = 16;

    private Entry[] _ring = [];
    private int[] _buckets = [];
    private int _head;

    /// <summary>Ids remembered, those included that have expired and were not yet removed.</summary>
    public int Count { get; private set; }

    public bool Contains(in MessageId id, TimeSpan now)
    {
        if (Count == 0) return false;
        for (var i = _buckets[Bucket(id)] - 1; i >= 0; i = _ring[i].Next - 1)
        {
            if (_ring[i].Id == id) return _ring[i].Expires > now;
        }
        return false;
    }

    /// <summary>Adds an id; false when it is there already.</summary>
    public bool TryAdd(in MessageId id, TimeSpan now)
    {
        Expire(now);
        if (Contains(id, now)) return false;
        if (Count == capacity) RemoveOldest();
        if (Count == _ring.Length) Resize(Math.Min(capacity, Math.Max(SmallestSize, _ring.Length * 2)));
        var slot = (int)(((long)_head + Count) % _ring.Length);
        _ring[slot] = new Entry { Id = id, Expires = now + ttl };
        Link(slot);
        Count++;
        return true;
    }

    /// <summary>Removes what has expired.</summary>
    public void Expire(TimeSpan now)
    {
        while (Count > 0 && _ring[_head].Expires <= now) RemoveOldest();
        if (Count == 0 && _ring.Length > SmallestSize) (_ring, _buckets, _head) = ([], [], 0);
    }

    private int Bucket(in MessageId id) => id.GetHashCode() & (_buckets.Length - 1);

    private void Link(int slot)
    {
        ref var bucket = ref _buckets[Bucket(_ring[slot].Id)];
        _ring[slot].Next = bucket;
        bucket = slot + 1;
    }

    private void RemoveOldest()
    {
        ref var link = ref _buckets[Bucket(_ring[_head].Id)];
        while (link - 1 != _head) link = ref _ring[link - 1].Next;
        link = _ring[_head].Next;
        _ring[_head] = default;
        _head = _head + 1 == _ring.Length ? 0 : _head + 1;
        Count--;
    }

    private void Resize(int size)
    {
        var ring = new Entry[size];
        for (var i = 0; i < Count; i++) ring[i] = _ring[(int)(((long)_head + i) % _ring.Length)];
        (_ring, _head) = (ring, 0);
        _buckets = new int[(int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)size)];
        for (var i = 0; i < Count; i++) Link(i);
    }

    private struct Entry
    {
        public MessageId Id;
        public TimeSpan Expires;
        public int Next;
    }
}
