using IppanFleet.Libp2p.Identity;
using IppanFleet.Libp2p.Multiformats;

namespace IppanFleet.Libp2p.Swarm;

/// <summary>A secured, multiplexed connection to one authenticated peer.</summary>
public sealed class PeerConnection
{
    /// <summary>The authenticated peer at the other end.</summary>
    public required PeerId RemotePeer { get; init; }

    /// <summary>The peer's public key, as its handshake proved it.</summary>
    public required PublicKey RemotePublicKey { get; init; }

    /// <summary>Where the remote is, as our transport sees it.</summary>
    public required Multiaddr RemoteAddress { get; init; }

    /// <summary>Our end.</summary>
    public required Multiaddr LocalAddress { get; init; }

    /// <summary>Who dialed.</summary>
    public required Direction Direction { get; init; }
}
