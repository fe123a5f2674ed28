using IppanFleet.Libp2p.Identity;

namespace IppanFleet.P2P.LibP2P;

/// <summary>Limits how much a peer, and all peers together, may send in a fixed window. One peer's excess never costs another peer anything.</summary>
/// <remarks>Upstream counts in the same windows, but counts after forwarding, punishes whoever comes next when the global window is full, and never forgets a peer.</remarks>
internal sealed class IngressGuard(LibP2PConfig config)
{
    private const int MaxPeers = 4096;

    private readonly Lock _gate = new();
    private readonly Dictionary<PeerId, Window> _peers = [];
    private readonly Window _all = new();

    /// <summary>Counts a message of <paramref name="source"/>; false when it exceeds a limit.</summary>
    internal bool TryTake(PeerId source)
    {
        var now = config.Time.GetTimestamp();
        lock (_gate)
        {
            if (!_peers.TryGetValue(source, out var window))
            {
                if (_peers.Count == MaxPeers) Forget(now);
                _peers.Add(source, window = new Window());
            }
            return window.TryTake(now, config.MaxMessagesPerPeer, config) && _all.TryTake(now, config.MaxMessages, config);
        }
    }

    /// <summary>Drops peers whose window is over; if all are active, they begin anew.</summary>
    private void Forget(long now)
    {
        foreach (var (peer, window) in _peers)
        {
            if (window.IsOver(now, config)) _peers.Remove(peer);
        }
        if (_peers.Count == MaxPeers) _peers.Clear();
    }

    private sealed class Window
    {
        private long _start;
        private int _count;

        internal bool IsOver(long now, LibP2PConfig config) => config.Time.GetElapsedTime(_start, now) >= config.MessageWindow;

        internal bool TryTake(long now, int limit, LibP2PConfig config)
        {
            if (_count == 0 || IsOver(now, config)) (_start, _count) = (now, 0);
            if (limit > 0 && _count >= limit) return false;
            _count++;
            return true;
        }
    }
}
