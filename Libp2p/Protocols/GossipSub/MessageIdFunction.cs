namespace IppanFleet.Libp2p.Protocols.GossipSub;

/// <summary>What a message id may be made of; valid during the call only.</summary>
public readonly ref struct MessageContent
{
    /// <summary>The author's peer id, as a multihash.</summary>
    public required ReadOnlySpan<byte> From { get; init; }

    /// <summary>The sequence number, eight bytes, big-endian.</summary>
    public required ReadOnlySpan<byte> SequenceNumber { get; init; }

    /// <summary>The topic's UTF-8 bytes.</summary>
    public required ReadOnlySpan<byte> Topic { get; init; }

    /// <summary>The application's bytes.</summary>
    public required ReadOnlySpan<byte> Data { get; init; }
}

/// <summary>Computes a message's id. It runs for every copy of every message, so it should not allocate; all peers of a topic must use the same one.</summary>
public delegate MessageId MessageIdFunction(MessageContent content);

/// <summary>The message id functions that come with GossipSub.</summary>
public static class MessageIds
{
    /// <summary>The default of the pubsub specification: the author's peer id followed by the sequence number.</summary>
    public static MessageId FromAuthorAndSequenceNumber(MessageContent content)
    {
        Span<byte> id = stackalloc byte[Identity.PeerId.MaxSize + sizeof(ulong)];
        content.From.CopyTo(id);
        content.SequenceNumber.CopyTo(id[content.From.Length..]);
        return new MessageId(id[..(content.From.Length + content.SequenceNumber.Length)]);
    }
}
