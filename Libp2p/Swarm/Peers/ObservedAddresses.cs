using IppanFleet.Libp2p.Identity;
using IppanFleet.Libp2p.Multiformats;

namespace IppanFleet.Libp2p.Swarm;

/// <summary>Addresses of ours that peers say they see. One is believed once enough different peers from as many different networks agree, and as long as they do. Pure: no clock, no I/O; not thread-safe.</summary>
internal sealed class ObservedAddresses(int needed, TimeSpan lifetime)
{
    private const int MaxCandidates = 64;
    private const int MaxObservers = 64;
    private const int MaxActive = 8;

    private readonly Dictionary<Multiaddr, Dictionary<IpPrefix, (PeerId Peer, DateTimeOffset Until)>> _seen = [];

    internal int CandidateCount => _seen.Count;

    /// <summary>Takes what a peer from <paramref name="network"/> saw. A network counts once, however many peers it has, and so does a peer.</summary>
    internal void Report(Multiaddr address, PeerId peer, IpPrefix network, DateTimeOffset now)
    {
        if (network.IsNone) return;
        if (!_seen.TryGetValue(address, out var observers))
        {
            if (_seen.Count >= MaxCandidates) Forget(now);
            if (_seen.Count >= MaxCandidates) return;
            _seen.Add(address, observers = []);
        }
        foreach (var (other, seen) in observers)
        {
            if (seen.Peer == peer && other != network) return;
        }
        if (observers.Count < MaxObservers || observers.ContainsKey(network)) observers[network] = (peer, now + lifetime);
    }

    /// <summary>The addresses that are believed now, those that most agree on first.</summary>
    internal List<Multiaddr> Active(DateTimeOffset now)
    {
        Forget(now);
        return [.. _seen.Where(s => s.Value.Count >= needed).OrderByDescending(s => s.Value.Count).Take(MaxActive).Select(s => s.Key)];
    }

    /// <summary>Forgets what is over, and, when there is no room, what one network alone says.</summary>
    private void Forget(DateTimeOffset now)
    {
        foreach (var (address, observers) in _seen)
        {
            foreach (var (network, seen) in observers)
            {
                if (seen.Until <= now) observers.Remove(network);
            }
            if (observers.Count == 0) _seen.Remove(address);
        }
        if (_seen.Count < MaxCandidates) return;
        foreach (var (address, observers) in _seen)
        {
            if (observers.Count == 1) _seen.Remove(address);
        }
    }
}
