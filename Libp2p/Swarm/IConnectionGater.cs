using IppanFleet.Libp2p.Identity;
using IppanFleet.Libp2p.Multiformats;

namespace IppanFleet.Libp2p.Swarm;

/// <summary>Says who may connect, at each step; what it does not implement is allowed. Called on the swarm's own threads: return at once. A gater that throws refuses.</summary>
public interface IConnectionGater
{
    /// <summary>Before an address is dialed; <paramref name="peer"/> is null where the address alone is known.</summary>
    bool AllowDial(PeerId? peer, Multiaddr address) => true;

    /// <summary>After a raw connection came in, before anything is spent on it.</summary>
    bool AllowAccept(Multiaddr remoteAddress) => true;

    /// <summary>After the peer has proved who it is, before the muxer.</summary>
    bool AllowSecured(Direction direction, PeerId peer, Multiaddr remoteAddress) => true;

    /// <summary>After the muxer, before anybody hears of the connection.</summary>
    bool AllowUpgraded(PeerConnection connection) => true;
}

/// <summary>Hears of single connections, where <see cref="IPeerObserver"/> hears of peers. Called on the swarm's own threads: return at once, throw nothing.</summary>
public interface IConnectionObserver
{
    /// <summary>A connection is up, a peer's first or a further one.</summary>
    void ConnectionOpened(PeerConnection connection)
    {
    }

    /// <summary>A connection is gone; <paramref name="reason"/> is fit for logs.</summary>
    void ConnectionClosed(PeerConnection connection, string reason)
    {
    }

    /// <summary>An inbound connection was turned away, or failed in its handshake.</summary>
    void InboundRefused(Multiaddr remoteAddress, string reason)
    {
    }

    /// <summary>An address could not be dialed.</summary>
    void DialFailed(Multiaddr address, SwarmFault fault, string reason)
    {
    }
}
