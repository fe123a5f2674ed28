using IppanFleet.Libp2p.Protobuf;

namespace IppanFleet.Libp2p.Protocols.GossipSub;

/// <summary>Why a walk over an RPC ended.</summary>
internal enum RpcFault
{
    /// <summary>At its end.</summary>
    None,

    /// <summary>It is no RPC.</summary>
    Malformed,

    /// <summary>The visitor had enough.</summary>
    Refused,
}

/// <summary>Is told the parts of an RPC in the order of the wire, in place. Each answers whether to go on.</summary>
internal interface IRpcVisitor
{
    bool Subscription(ReadOnlySpan<byte> topic, bool subscribe);

    bool Message(int offset, int length);

    bool Graft(ReadOnlySpan<byte> topic);

    /// <param name="topic">The topic.</param>
    /// <param name="backoff">Seconds as the remote wrote them; 0 when it did not.</param>
    bool Prune(ReadOnlySpan<byte> topic, ulong backoff);

    bool IHave(ReadOnlySpan<byte> topic, MessageIdList ids);

    bool IWant(MessageIdList ids);

    bool IDontWant(MessageIdList ids);
}

/// <summary>The message ids of one control entry, read from the wire when they are enumerated. Ids of an impossible size are passed over.</summary>
internal ref struct MessageIdList(ReadOnlySpan<byte> entry, int field, int count)
{
    private ProtoReader _reader = new(entry);

    /// <summary>How many there are, those of an impossible size included.</summary>
    public readonly int Count => count;

    public bool TryNext(out MessageId id)
    {
        while (_reader.TryReadField(out var number, out var type))
        {
            if (number != field)
            {
                _reader.TrySkip(type);
                continue;
            }
            if (!_reader.TryReadBytes(out var bytes)) break;
            if (!MessageId.IsValidSize(bytes.Length)) continue;
            id = new MessageId(bytes);
            return true;
        }
        id = default;
        return false;
    }
}
