using IppanFleet.Libp2p.Protobuf;

namespace IppanFleet.Libp2p.Protocols.GossipSub;

/// <summary>The fields of a pubsub message, as slices of its bytes (pubsub specification §The Message).</summary>
internal ref struct MessageEnvelope
{
    /// <summary>All bytes of the message, unknown fields included.</summary>
    public ReadOnlySpan<byte> Bytes;

    public ReadOnlySpan<byte> From, Data, Sequence, Topic, Signature, Key;

    /// <summary>Where <see cref="Data"/> begins in <see cref="Bytes"/>.</summary>
    public int DataOffset;

    /// <summary>Where the signature field, its tag included, begins and ends in <see cref="Bytes"/>; both 0 without one.</summary>
    public int SignatureStart, SignatureEnd;

    /// <summary>The same of the key field.</summary>
    public int KeyStart, KeyEnd;

    /// <summary>Reads a message. A field that appears twice is refused: implementations differ in which of them would count.</summary>
    public static bool TryRead(ReadOnlySpan<byte> message, out MessageEnvelope envelope)
    {
        envelope = new MessageEnvelope { Bytes = message };
        var seen = 0;
        var reader = new ProtoReader(message);
        while (true)
        {
            var start = message.Length - reader.Remaining;
            if (!reader.TryReadField(out var field, out var type)) return !reader.Failed;
            if (field > RpcFields.MessageKey)
            {
                reader.TrySkip(type);
                continue;
            }
            if ((seen & (1 << field)) != 0 || type != WireType.Bytes || !reader.TryReadBytes(out var value)) return false;
            seen |= 1 << field;
            var end = message.Length - reader.Remaining;
            switch (field)
            {
                case RpcFields.MessageFrom: envelope.From = value; break;
                case RpcFields.MessageSequence: envelope.Sequence = value; break;
                case RpcFields.MessageTopic: envelope.Topic = value; break;
                case RpcFields.MessageKey:
                    envelope.Key = value;
                    (envelope.KeyStart, envelope.KeyEnd) = (start, end);
                    break;
                case RpcFields.MessageData:
                    envelope.Data = value;
                    envelope.DataOffset = end - value.Length;
                    break;
                default:
                    envelope.Signature = value;
                    (envelope.SignatureStart, envelope.SignatureEnd) = (start, end);
                    break;
            }
        }
    }
}
