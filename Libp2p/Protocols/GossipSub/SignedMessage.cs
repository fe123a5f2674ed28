using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using IppanFleet.Libp2p.Crypto;
using IppanFleet.Libp2p.Identity;
using IppanFleet.Libp2p.Protobuf;

namespace IppanFleet.Libp2p.Protocols.GossipSub;

/// <summary>Makes and checks strictly signed messages (pubsub specification §Message Signing).</summary>
/// <remarks>
/// A frame is a message as the publish field of an RPC, tag and length included: encoded once, then sent to any number of peers and kept for those that ask later. It is an array of its exact size
/// and not a pooled buffer, since it lives as long as the message cache: longer than a pool would keep room for it.
/// </remarks>
internal static class SignedMessage
{
    private const int StackLimit = 2048;

    private static ReadOnlySpan<byte> Domain => "libp2p-pubsub:"u8;

    /// <summary>Multihash head and protobuf head of the peer id of an Ed25519 key; the 32 bytes of the key follow.</summary>
    private static ReadOnlySpan<byte> Ed25519Id => [0x00, 36, 0x08, 0x01, 0x12, 32];

    /// <summary>The frame of a message of ours. The key field is left out where the peer id carries the key.</summary>
    public static byte[] Sign(PeerIdentity identity, Topic topic, ulong sequence, ReadOnlySpan<byte> data)
    {
        var from = identity.Id.Bytes;
        var topicSize = Encoding.UTF8.GetByteCount(topic.Name);
        var body = ProtoWriter.SizeOfBytes(RpcFields.MessageFrom, from.Length) + ProtoWriter.SizeOfBytes(RpcFields.MessageData, data.Length)
            + ProtoWriter.SizeOfBytes(RpcFields.MessageSequence, sizeof(ulong)) + ProtoWriter.SizeOfBytes(RpcFields.MessageTopic, topicSize);
        if (identity.PublicKey.Type != KeyType.Ed25519) return SignWithOtherType(identity, body, topic, sequence, data);
        // The size of the signature is known beforehand: the body is written once, where it stays.
        var message = body + ProtoWriter.SizeOfBytes(RpcFields.MessageSignature, Ed25519.SignatureSize);
        var output = new ExactWriter(ProtoWriter.SizeOfBytes(RpcFields.Publish, message));
        var writer = new ProtoWriter(output);
        writer.WriteHeader(RpcFields.Publish, message);
        var start = output.Written;
        WriteBody(writer, from, topic, sequence, data);
        Span<byte> signature = stackalloc byte[Ed25519.SignatureSize];
        SignBody(identity, output.Buffer.AsSpan(start, body), signature);
        writer.WriteBytes(RpcFields.MessageSignature, signature);
        return output.Buffer;
    }

    /// <summary>The frame of a message as it arrived, unknown fields included.</summary>
    public static byte[] Frame(ReadOnlySpan<byte> message)
    {
        var output = new ExactWriter(ProtoWriter.SizeOfBytes(RpcFields.Publish, message.Length));
        new ProtoWriter(output).WriteBytes(RpcFields.Publish, message);
        return output.Buffer;
    }

    /// <summary>Whether the message has what strict signing asks for, apart from the signature's validity: author, eight bytes of sequence number, signature, and a key that is the author's.</summary>
    public static bool IsComplete(in MessageEnvelope message) =>
        message.From.Length is > 0 and <= PeerId.MaxSize && message.Sequence.Length == sizeof(ulong) && message.Signature.Length > 0 && !message.Topic.IsEmpty
        && (message.Key.IsEmpty || message.From[0] != 0 || message.Key.SequenceEqual(message.From[2..]));

    /// <summary>Whether the author's key made the signature over the message's own bytes, unknown fields included, with the signature and the key cut out: both are added after signing.</summary>
    public static bool Verify(in MessageEnvelope message)
    {
        var size = Domain.Length + message.Bytes.Length - (message.SignatureEnd - message.SignatureStart) - (message.KeyEnd - message.KeyStart);
        var rented = Rent(size);
        var signed = rented is null ? stackalloc byte[StackLimit] : rented;
        Domain.CopyTo(signed);
        var keyFirst = message.KeyStart < message.SignatureStart;
        var (firstStart, firstEnd) = keyFirst ? (message.KeyStart, message.KeyEnd) : (message.SignatureStart, message.SignatureEnd);
        var (secondStart, secondEnd) = keyFirst ? (message.SignatureStart, message.SignatureEnd) : (message.KeyStart, message.KeyEnd);
        if (secondEnd == 0) (secondStart, secondEnd) = (firstEnd, firstEnd);
        var at = Domain.Length;
        at = Append(signed, at, message.Bytes[..firstStart]);
        at = Append(signed, at, message.Bytes[firstEnd..secondStart]);
        Append(signed, at, message.Bytes[secondEnd..]);
        var valid = Verify(message, signed[..size]);
        Return(rented);
        return valid;
    }

    private static byte[] SignWithOtherType(PeerIdentity identity, int bodySize, Topic topic, ulong sequence, ReadOnlySpan<byte> data)
    {
        var body = new ExactWriter(bodySize);
        WriteBody(new ProtoWriter(body), identity.Id.Bytes, topic, sequence, data);
        Span<byte> room = stackalloc byte[PeerIdentity.MaxSignatureSize];
        var signature = room[..SignBody(identity, body.Buffer, room)];
        var key = identity.Id.TryGetInlineKey(out _) ? default : identity.PublicKey.Protobuf;
        var message = bodySize + ProtoWriter.SizeOfBytes(RpcFields.MessageSignature, signature.Length) + (key.IsEmpty ? 0 : ProtoWriter.SizeOfBytes(RpcFields.MessageKey, key.Length));
        var output = new ExactWriter(ProtoWriter.SizeOfBytes(RpcFields.Publish, message));
        var writer = new ProtoWriter(output);
        writer.WriteHeader(RpcFields.Publish, message);
        output.Write(body.Buffer);
        writer.WriteBytes(RpcFields.MessageSignature, signature);
        if (!key.IsEmpty) writer.WriteBytes(RpcFields.MessageKey, key);
        return output.Buffer;
    }

    private static void WriteBody(ProtoWriter writer, ReadOnlySpan<byte> from, Topic topic, ulong sequence, ReadOnlySpan<byte> data)
    {
        writer.WriteBytes(RpcFields.MessageFrom, from);
        writer.WriteBytes(RpcFields.MessageData, data);
        Span<byte> number = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(number, sequence);
        writer.WriteBytes(RpcFields.MessageSequence, number);
        writer.WriteText(RpcFields.MessageTopic, topic.Name);
    }

    private static int SignBody(PeerIdentity identity, ReadOnlySpan<byte> body, Span<byte> signature)
    {
        var size = Domain.Length + body.Length;
        var rented = Rent(size);
        var signed = rented is null ? stackalloc byte[StackLimit] : rented;
        Domain.CopyTo(signed);
        body.CopyTo(signed[Domain.Length..]);
        var written = identity.Sign(signed[..size], signature);
        Return(rented);
        return written;
    }

    private static int Append(Span<byte> target, int at, ReadOnlySpan<byte> part)
    {
        part.CopyTo(target[at..]);
        return at + part.Length;
    }

    private static bool Verify(in MessageEnvelope message, ReadOnlySpan<byte> signed)
    {
        if (message.From.Length == Ed25519Id.Length + Ed25519.PublicKeySize && message.From.StartsWith(Ed25519Id))
        {
            return Ed25519.Verify(message.From[Ed25519Id.Length..], signed, message.Signature);
        }
        // Short keys of other types are in the author's id as well; longer ones must come along.
        var protobuf = message.Key.IsEmpty && message.From[0] == 0 ? message.From[2..] : message.Key;
        return PublicKey.TryFromProtobuf(protobuf, out var key) && key.Id.Bytes.SequenceEqual(message.From) && key.Verify(signed, message.Signature);
    }

    private static byte[]? Rent(int size) => size <= StackLimit ? null : ArrayPool<byte>.Shared.Rent(size);

    private static void Return(byte[]? rented)
    {
        if (rented is not null) ArrayPool<byte>.Shared.Return(rented);
    }
}
