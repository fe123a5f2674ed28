using IppanFleet.Libp2p.Identity;

namespace IppanFleet.Libp2p.Swarm;

/// <summary>Knows which peers matter: what protocols tagged, what the application protects. Thread-safe.</summary>
/// <remarks>Tags go with the peer's last connection; protection stays until it is taken back. Both are set from this side only.</remarks>
public sealed class ConnectionManager
{
    private readonly Lock _gate = new();
    private readonly Dictionary<PeerId, Dictionary<string, int>> _tags = [];
    private readonly Dictionary<PeerId, HashSet<string>> _protected = [];

    /// <summary>Keeps the connections of <paramref name="peer"/> from being evicted, for the reason <paramref name="tag"/>.</summary>
    public void Protect(PeerId peer, string tag)
    {
        lock (_gate)
        {
            if (!_protected.TryGetValue(peer, out var tags)) _protected.Add(peer, tags = new HashSet<string>(StringComparer.Ordinal));
            tags.Add(tag);
        }
    }

    /// <summary>Takes one reason back; answers whether others still protect the peer.</summary>
    public bool Unprotect(PeerId peer, string tag)
    {
        lock (_gate)
        {
            if (!_protected.TryGetValue(peer, out var tags)) return false;
            tags.Remove(tag);
            if (tags.Count == 0) _protected.Remove(peer);
            return tags.Count > 0;
        }
    }

    /// <summary>Whether anything protects the peer.</summary>
    public bool IsProtected(PeerId peer)
    {
        lock (_gate) return _protected.ContainsKey(peer);
    }

    /// <summary>Says what <paramref name="peer"/> is worth to one protocol; 0 takes it back. Negative values make it the first to go.</summary>
    public void SetTag(PeerId peer, string tag, int value)
    {
        lock (_gate)
        {
            if (!_tags.TryGetValue(peer, out var tags))
            {
                if (value == 0) return;
                _tags.Add(peer, tags = new Dictionary<string, int>(StringComparer.Ordinal));
            }
            if (value == 0) tags.Remove(tag);
            else tags[tag] = value;
            if (tags.Count == 0) _tags.Remove(peer);
        }
    }

    /// <summary>The sum of the peer's tags.</summary>
    public long ScoreOf(PeerId peer)
    {
        lock (_gate) return SumOf(peer);
    }

    /// <summary>Whether any peer is marked: then somebody better may come whom nobody knows before the handshake.</summary>
    internal bool HasFavourites
    {
        get
        {
            lock (_gate) return _protected.Count > 0 || _tags.Count > 0;
        }
    }

    internal Usefulness Value(PeerConnection connection, bool established)
    {
        lock (_gate)
        {
            return new Usefulness(
                _protected.ContainsKey(connection.RemotePeer), SumOf(connection.RemotePeer), established && connection.StreamCount > 0,
                connection.Direction == Direction.Outbound, connection.OpenedAt);
        }
    }

    internal void Forget(PeerId peer)
    {
        lock (_gate) _tags.Remove(peer);
    }

    private long SumOf(PeerId peer)
    {
        if (!_tags.TryGetValue(peer, out var tags)) return 0;
        long sum = 0;
        foreach (var value in tags.Values) sum += value;
        return sum;
    }
}
