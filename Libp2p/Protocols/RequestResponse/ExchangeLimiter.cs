using IppanFleet.Libp2p.Identity;

namespace IppanFleet.Libp2p.Protocols.RequestResponse;

/// <summary>Counts what is under way, by peer and in all. Thread-safe.</summary>
internal sealed class ExchangeLimiter(int perPeer, int all)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<PeerId, int> _peers = [];
    private int _count;

    internal int Count
    {
        get
        {
            lock (_gate) return _count;
        }
    }

    internal bool TryEnter(PeerId peer)
    {
        lock (_gate)
        {
            var used = _peers.GetValueOrDefault(peer);
            if (used >= perPeer || _count >= all) return false;
            _peers[peer] = used + 1;
            _count++;
            return true;
        }
    }

    internal void Leave(PeerId peer)
    {
        lock (_gate)
        {
            _count--;
            if (_peers[peer] == 1) _peers.Remove(peer);
            else _peers[peer]--;
        }
    }
}
