using IppanFleet.Libp2p.Multiformats;

namespace IppanFleet.Libp2p.Swarm;

/// <summary>Keeps addresses that failed from being dialed again at once: the pause doubles with each failure up to a cap, and a success forgets it. At most <paramref name="capacity"/> addresses are kept. Thread-safe.</summary>
internal sealed class AddressBackoff(TimeSpan first, TimeSpan cap, int capacity)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<Multiaddr, (TimeSpan Pause, DateTimeOffset Until)> _failed = [];

    internal int Count
    {
        get
        {
            lock (_gate) return _failed.Count;
        }
    }

    internal bool IsOpen(Multiaddr address, DateTimeOffset now)
    {
        lock (_gate) return !_failed.TryGetValue(address, out var entry) || entry.Until <= now;
    }

    internal void Failed(Multiaddr address, DateTimeOffset now)
    {
        lock (_gate)
        {
            var pause = _failed.TryGetValue(address, out var entry) ? entry.Pause >= cap / 2 ? cap : entry.Pause * 2 : first;
            if (_failed.Count >= capacity && !_failed.ContainsKey(address)) MakeRoom(now);
            _failed[address] = (pause, now + pause);
        }
    }

    internal void Succeeded(Multiaddr address)
    {
        lock (_gate) _failed.Remove(address);
    }

    /// <summary>Forgets what is over; when nothing is, everything: a remote that names ever new addresses must not keep us from trying others.</summary>
    private void MakeRoom(DateTimeOffset now)
    {
        foreach (var (address, entry) in _failed)
        {
            if (entry.Until <= now) _failed.Remove(address);
        }
        if (_failed.Count >= capacity) _failed.Clear();
    }
}
