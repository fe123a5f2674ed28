using IppanFleet.Libp2p.Identity;
using Microsoft.Extensions.Logging;

namespace IppanFleet.Libp2p.Swarm;

/// <summary>Tells the observers what happened, in the order in which it happened, on no lock of the swarm.</summary>
/// <remarks>While an observer is slow, what waits is merged by peer: a connection that has come and gone meanwhile is not told at all, and the newer of two Identify messages stands for both.
/// So a peer has one entry at most, and there are no more entries than peers that observers think connected and peers that are. Each disconnection that is told follows its connection.</remarks>
internal sealed class PeerEvents(ILogger logger)
{
    private readonly Lock _gate = new();
    private readonly LinkedList<Entry> _waiting = new();
    private readonly Dictionary<PeerId, LinkedListNode<Entry>> _entries = [];
    private IPeerObserver[] _observers = [];
    private bool _telling;
    private long _merged;

    /// <summary>Events that were never told, since later ones made them void.</summary>
    internal long Merged => Interlocked.Read(ref _merged);

    /// <summary>Peers of which something waits to be told.</summary>
    internal int Waiting
    {
        get
        {
            lock (_gate) return _waiting.Count;
        }
    }

    internal void Add(IPeerObserver observer)
    {
        lock (_gate) _observers = [.. _observers, observer];
    }

    internal void Connected(PeerId peer, PeerConnection connection)
    {
        lock (_gate) EntryOf(peer).Connection = connection;
    }

    internal void Identified(PeerInfo info)
    {
        lock (_gate)
        {
            var entry = EntryOf(info.Peer);
            if (entry.Info is not null) _merged++;
            entry.Info = info;
        }
    }

    internal void Disconnected(PeerId peer)
    {
        lock (_gate)
        {
            var entry = EntryOf(peer);
            if (entry.Info is not null) _merged++;
            entry.Info = null;
            if (entry.Connection is null)
            {
                entry.Gone = true;
                return;
            }
            // Nobody has heard of that connection: neither its beginning nor its end is told.
            _merged += 2;
            entry.Connection = null;
            if (!entry.Gone) Remove(_entries[peer]);
        }
    }

    /// <summary>Tells what waits, unless another thread is at it.</summary>
    internal void Tell()
    {
        while (true)
        {
            Entry entry;
            IPeerObserver[] observers;
            lock (_gate)
            {
                if (_telling || _waiting.First is not { } first) return;
                _telling = true;
                entry = first.Value;
                Remove(first);
                observers = _observers;
            }
            if (entry.Gone) TellAll(observers, entry, static (o, e) => o.PeerDisconnected(e.Peer));
            if (entry.Connection is not null) TellAll(observers, entry, static (o, e) => o.PeerConnected(e.Peer, e.Connection!));
            if (entry.Info is not null) TellAll(observers, entry, static (o, e) => o.PeerIdentified(e.Peer, e.Info!));
            lock (_gate) _telling = false;
        }
    }

    private Entry EntryOf(PeerId peer)
    {
        if (!_entries.TryGetValue(peer, out var node)) _entries.Add(peer, node = _waiting.AddLast(new Entry(peer)));
        return node.Value;
    }

    private void Remove(LinkedListNode<Entry> node)
    {
        _waiting.Remove(node);
        _entries.Remove(node.Value.Peer);
    }

    private void TellAll(IPeerObserver[] observers, Entry entry, Action<IPeerObserver, Entry> tell)
    {
        foreach (var observer in observers)
        {
            try
            {
                tell(observer, entry);
            }
            catch (Exception e)
            {
                logger.ObserverFailed(e);
            }
        }
    }

    /// <summary>What waits to be told of one peer, in this order: that it went, that it came, what it told.</summary>
    private sealed class Entry(PeerId peer)
    {
        internal PeerId Peer { get; } = peer;

        internal bool Gone { get; set; }

        internal PeerConnection? Connection { get; set; }

        internal PeerInfo? Info { get; set; }
    }
}
