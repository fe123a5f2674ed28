using System.Collections.Concurrent;
using IppanFleet.Libp2p.Identity;

namespace IppanFleet.P2P.LibP2P;

/// <summary>What connected peers brought and said. Entries end with the peer's last connection; thread-safe.</summary>
internal sealed class PeerTallies
{
    private const int MaxPeers = 4_096;
    private const int MaxProtocols = 128;
    private const int MaxAddresses = 32;
    private const int MaxProtocolLength = 128;

    private readonly ConcurrentDictionary<PeerId, Tally> _peers = new();

    internal static Tally None { get; } = new();

    internal Tally Of(PeerId peer) => _peers.GetValueOrDefault(peer, None);

    internal void Connected(PeerId peer)
    {
        if (_peers.Count < MaxPeers) _peers.TryAdd(peer, new Tally());
    }

    internal void Disconnected(PeerId peer) => _peers.TryRemove(peer, out _);

    internal void Identified(PeerId peer, Libp2p.Swarm.PeerInfo info)
    {
        if (!_peers.TryGetValue(peer, out var tally)) return;
        tally.Claims = new PeerClaims
        {
            Agent = info.AgentVersion,
            Protocols = [.. info.Protocols.Where(protocol => protocol.Length <= MaxProtocolLength).Take(MaxProtocols)],
            ListenAddresses = [.. info.ListenAddresses.Take(MaxAddresses).Select(address => address.ToString())],
        };
    }

    internal void Accepted(PeerId peer)
    {
        if (_peers.TryGetValue(peer, out var tally)) Interlocked.Increment(ref tally.Accepted);
    }

    internal void Rejected(PeerId peer)
    {
        if (_peers.TryGetValue(peer, out var tally)) Interlocked.Increment(ref tally.Rejected);
    }

    internal sealed class Tally
    {
        public long Accepted;
        public long Rejected;

        internal PeerClaims Claims { get; set; } = PeerClaims.None;
    }
}
