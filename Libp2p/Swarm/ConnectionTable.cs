using IppanFleet.Libp2p.Identity;

namespace IppanFleet.Libp2p.Swarm;

/// <summary>What became of a connection that was to be added.</summary>
internal enum Admission
{
    /// <summary>It is the peer's first.</summary>
    First,

    /// <summary>The peer has others.</summary>
    Further,

    /// <summary>The swarm is stopping.</summary>
    Stopped,
}

/// <summary>Which connections exist, by peer. Thread-safe.</summary>
internal sealed class ConnectionTable(PeerId self)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<PeerId, List<PeerConnection>> _peers = [];
    private int _count;
    private bool _stopped;

    internal int Count => Volatile.Read(ref _count);

    internal Admission Add(PeerConnection connection, Action<PeerConnection> onFirst)
    {
        lock (_gate)
        {
            if (_stopped) return Admission.Stopped;
            if (!_peers.TryGetValue(connection.RemotePeer, out var list)) _peers.Add(connection.RemotePeer, list = new List<PeerConnection>(1));
            list.Add(connection);
            ConnectionPreference.Apply(self, list);
            _count++;
            if (list.Count > 1) return Admission.Further;
            onFirst(connection);
            return Admission.First;
        }
    }

    internal void Remove(PeerConnection connection, Action<PeerId> onLast)
    {
        lock (_gate)
        {
            if (!_peers.TryGetValue(connection.RemotePeer, out var list) || !list.Remove(connection)) return;
            _count--;
            if (list.Count > 0)
            {
                ConnectionPreference.Apply(self, list);
                return;
            }
            _peers.Remove(connection.RemotePeer);
            onLast(connection.RemotePeer);
        }
    }

    /// <summary>Does something while the peer is certain to be connected; nothing when it is not.</summary>
    internal void WhileConnected<T>(PeerId peer, T state, Action<T> act)
    {
        lock (_gate)
        {
            if (_peers.ContainsKey(peer)) act(state);
        }
    }

    /// <summary>The connection that both sides prefer.</summary>
    internal PeerConnection? Find(PeerId peer)
    {
        lock (_gate) return _peers.TryGetValue(peer, out var list) ? list[0] : null;
    }

    /// <summary>The least useful connection that is neither protected nor in its grace period, or null.</summary>
    internal (PeerConnection Connection, Usefulness Value)? LeastUseful(ConnectionManager manager, DateTimeOffset openedBefore)
    {
        (PeerConnection Connection, Usefulness Value)? least = null;
        lock (_gate)
        {
            foreach (var list in _peers.Values)
            {
                foreach (var connection in list)
                {
                    if (connection.OpenedAt > openedBefore || connection.IsReleased) continue;
                    var value = manager.Value(connection, established: true);
                    if (!value.Protected && (least is not { } known || value.CompareTo(known.Value) < 0)) least = (connection, value);
                }
            }
        }
        return least;
    }

    internal List<PeerConnection> All()
    {
        lock (_gate) return [.. _peers.Values.SelectMany(list => list)];
    }

    internal List<PeerConnection> Of(PeerId peer)
    {
        lock (_gate) return _peers.TryGetValue(peer, out var list) ? [.. list] : [];
    }

    internal List<PeerId> Peers()
    {
        lock (_gate) return [.. _peers.Keys];
    }

    internal List<PeerConnection> Stop()
    {
        lock (_gate) _stopped = true;
        return All();
    }
}
