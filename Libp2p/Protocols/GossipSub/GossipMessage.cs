using IppanFleet.Libp2p.Identity;

namespace IppanFleet.Libp2p.Protocols.GossipSub;

/// <summary>A message that a peer passed on to us.</summary>
public readonly struct GossipMessage
{
    /// <summary>Who signed it.</summary>
    public required PeerId Author { get; init; }

    /// <summary>The peer that we have it from.</summary>
    public required PeerId Source { get; init; }

    /// <summary>Where it was published.</summary>
    public required Topic Topic { get; init; }

    /// <summary>The author's sequence number.</summary>
    public required ulong SequenceNumber { get; init; }

    /// <summary>Its id, by the node's <see cref="MessageIdFunction"/>.</summary>
    public required MessageId Id { get; init; }

    /// <summary>The application's bytes: a view into the stream's receive buffer, valid until the call that was given it returns. Whoever keeps them copies them.</summary>
    public required ReadOnlyMemory<byte> Data { get; init; }

    /// <summary>When it arrived.</summary>
    public required DateTimeOffset ReceivedAt { get; init; }
}

/// <summary>What validation makes of a message (GossipSub 1.1 §Extended validators).</summary>
public enum MessageVerdict
{
    /// <summary>Valid: it is forwarded and received.</summary>
    Accept,

    /// <summary>Its content is invalid, whoever brings it: dropped, its id remembered as rejected, and a penalty for the peer that passed it on.</summary>
    Reject,

    /// <summary>Not to be forwarded and nobody's fault, for instance over a rate limit. A copy from another peer is judged anew.</summary>
    Ignore,
}

/// <summary>What the application does with messages: judge them before they are forwarded, and receive them.</summary>
/// <remarks>
/// All three run while the read loop of the stream that brought the message waits, outside all locks: a slow application slows the peers that send to it, and no queue grows. They are called for
/// several streams at once; the messages of one RPC are screened and validated at the same time, and received one after the other. What they throw is logged and counts as <see cref="MessageVerdict.Ignore"/>.
/// </remarks>
public interface IMessageHandler
{
    /// <summary>Cheap rules that come before the signature is checked, such as rate limits for each source. By then the message is known to be new; its author is still only a claim,
    /// so a rejection costs the peer that brought it a penalty and is not remembered.</summary>
    MessageVerdict Screen(in GossipMessage message) => MessageVerdict.Accept;

    /// <summary>Judges a message whose signature is valid. Two copies from two peers may be judged at the same time; only one of them is received.
    /// What it decoded it may hand on to <see cref="Receive"/>.</summary>
    MessageVerdict Validate(in GossipMessage message, out object? decoded);

    /// <summary>Takes an accepted message with what <see cref="Validate"/> decoded, once for each id, in the order in which a stream brought them, and after it was handed to the peers that it is
    /// forwarded to. Own messages are not received.</summary>
    void Receive(in GossipMessage message, object? decoded);
}
