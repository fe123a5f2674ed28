using IppanFleet.Libp2p.Identity;

namespace IppanFleet.Libp2p.Security;

/// <summary>A protocol that authenticates both peers and encrypts what follows.</summary>
public interface ISecurity
{
    /// <summary>Its protocol id.</summary>
    string Protocol { get; }

    /// <summary>Runs the handshake. <paramref name="expected"/> is the peer that was dialed, checked inside the handshake; <paramref name="muxers"/> are offered for early negotiation.</summary>
    /// <exception cref="ChannelException">The handshake failed; the rule says how.</exception>
    /// <exception cref="WrongPeerException">Another peer answered.</exception>
    ValueTask<SecuredChannel> UpgradeAsync(ByteChannel channel, bool initiator, PeerId? expected, IReadOnlyList<string> muxers, CancellationToken cancellationToken);
}

/// <summary>What a handshake made.</summary>
/// <param name="Channel">The encrypted channel.</param>
/// <param name="RemoteKey">Who is at the other end.</param>
/// <param name="Muxer">The muxer that was agreed on early; null: negotiate it.</param>
/// <param name="Session">A number that both ends draw from the transcript: the same at both, and another each time.</param>
public sealed record SecuredChannel(ByteChannel Channel, PublicKey RemoteKey, string? Muxer, ulong Session);

/// <summary>The peer that answered is not the one that was dialed.</summary>
public sealed class WrongPeerException(PeerId expected, PeerId actual) : IOException($"dialed {expected}, but {actual} answered")
{
    /// <summary>Who answered.</summary>
    public PeerId Actual { get; } = actual;
}
