using IppanFleet.Libp2p.Identity;
using IppanFleet.Libp2p.Multiformats;

namespace IppanFleet.Libp2p.Swarm;

/// <summary>Which side opened something.</summary>
public enum Direction
{
    /// <summary>The remote did.</summary>
    Inbound,

    /// <summary>We did.</summary>
    Outbound,
}

/// <summary>A protocol that answers streams which remote peers open.</summary>
public interface IProtocolHandler
{
    /// <summary>The protocol ids that are accepted inbound, best first; advertised by Identify.</summary>
    IReadOnlyList<string> Protocols { get; }

    /// <summary>Whether <see cref="HandleAsync"/> answers from what it has: then it is called on the connection's read loop, and must neither compute for long nor block. Default false.</summary>
    bool IsPrompt => false;

    /// <summary>Serves one inbound stream until it is done. The stream is closed when this returns; when it throws, the stream alone is reset and the reason logged with peer and protocol.
    /// <paramref name="cancellationToken"/> ends with the connection.</summary>
    ValueTask HandleAsync(PeerStream stream, CancellationToken cancellationToken);
}

/// <summary>Hears of peers coming and going. Called on the swarm's own threads: return at once, throw nothing.</summary>
public interface IPeerObserver
{
    /// <summary>The first connection to <paramref name="peer"/> is up.</summary>
    void PeerConnected(PeerId peer, PeerConnection connection);

    /// <summary>Identify told (or told anew) which protocols <paramref name="peer"/> speaks.</summary>
    void PeerIdentified(PeerId peer, PeerInfo info);

    /// <summary>The last connection to <paramref name="peer"/> is gone.</summary>
    void PeerDisconnected(PeerId peer);
}

/// <summary>What Identify told about a peer; all of it is the peer's own claim.</summary>
public sealed record PeerInfo
{
    /// <summary>Who.</summary>
    public required PeerId Peer { get; init; }

    /// <summary>The protocol ids it accepts.</summary>
    public IReadOnlyList<string> Protocols { get; init; } = [];

    /// <summary>The addresses it says it listens on.</summary>
    public IReadOnlyList<Multiaddr> ListenAddresses { get; init; } = [];

    /// <summary>The address under which it sees us, or null.</summary>
    public Multiaddr? ObservedAddress { get; init; }

    /// <summary>The envelope of its signed peer record, not verified; empty when it sent none. <see cref="PeerStore.FindRecord"/> verifies it.</summary>
    public ReadOnlyMemory<byte> SignedRecord { get; init; }

    /// <summary>Its protocol version, such as <c>/ippan/1.0.0</c>.</summary>
    public string ProtocolVersion { get; init; } = "";

    /// <summary>Its agent, such as <c>ippan-p2p/0.1.0</c>.</summary>
    public string AgentVersion { get; init; } = "";
}

/// <summary>What a protocol may ask of the swarm it is part of.</summary>
public interface ISwarm
{
    /// <summary>Our own identity.</summary>
    PeerIdentity Identity { get; }

    /// <summary>The clock and timers.</summary>
    TimeProvider Time { get; }

    /// <summary>What is in use: where a protocol asks for memory before it allocates it.</summary>
    ResourceLedger Ledger { get; }

    /// <summary>Opens a stream to a peer that is connected, speaking the first of <paramref name="protocols"/> that it accepts.</summary>
    /// <exception cref="SwarmException">Not connected, none of the protocols, a limit, or the connection was lost.</exception>
    ValueTask<PeerStream> OpenStreamAsync(PeerId peer, IReadOnlyList<string> protocols, CancellationToken cancellationToken);

    /// <summary>The best connection to a peer, or null.</summary>
    PeerConnection? FindConnection(PeerId peer);

    /// <summary>Closes all connections to a peer; <paramref name="rule"/> says which rule it broke, or why.</summary>
    void Disconnect(PeerId peer, string rule);
}

/// <summary>Why the swarm could not do what was asked.</summary>
public enum SwarmFault
{
    /// <summary>There is no connection to the peer.</summary>
    NotConnected,

    /// <summary>No transport takes the address.</summary>
    UnsupportedAddress,

    /// <summary>The remote could not be reached.</summary>
    Unreachable,

    /// <summary>Another peer answered than the one that was dialed.</summary>
    WrongPeer,

    /// <summary>The security or muxer handshake failed.</summary>
    HandshakeFailed,

    /// <summary>The peer speaks none of the protocols asked for.</summary>
    UnsupportedProtocol,

    /// <summary>A limit of ours was reached.</summary>
    LimitExceeded,

    /// <summary>The gater does not allow it.</summary>
    Gated,

    /// <summary>All addresses failed lately and are left alone for a while.</summary>
    BackedOff,

    /// <summary>It took too long.</summary>
    TimedOut,

    /// <summary>The connection was lost, or the host is stopping.</summary>
    Closed,
}

/// <summary>What was asked of the swarm failed: how, with whom.</summary>
public sealed class SwarmException(SwarmFault fault, string message, Exception? inner = null) : IOException(message, inner)
{
    /// <summary>The kind of failure.</summary>
    public SwarmFault Fault { get; } = fault;

    /// <summary>The limit of ours that stood against it, where one did.</summary>
    public ResourceRefusal? Refusal { get; init; }

    internal static SwarmException Refused(string what, ResourceRefusal refusal) => new(SwarmFault.LimitExceeded, $"{what}: {refusal}") { Refusal = refusal };
}
