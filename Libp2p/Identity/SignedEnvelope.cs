using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using IppanFleet.Libp2p.Multiformats;
using IppanFleet.Libp2p.Protobuf;

namespace IppanFleet.Libp2p.Identity;

/// <summary>A payload with its signer's key and signature, valid in one domain (https://github.com/libp2p/specs/blob/master/RFC/0002-signed-envelopes.md).</summary>
public static class SignedEnvelope
{
    private const int Key = 1, Type = 2, Payload = 3, Signature = 5;

    /// <summary>Signs <paramref name="payload"/> for <paramref name="domain"/>.</summary>
    public static byte[] Seal(PeerIdentity signer, string domain, ReadOnlySpan<byte> type, ReadOnlySpan<byte> payload)
    {
        var output = new ArrayBufferWriter<byte>(payload.Length + 160);
        var writer = new ProtoWriter(output);
        writer.WriteBytes(Key, signer.PublicKey.Protobuf);
        writer.WriteBytes(Type, type);
        writer.WriteBytes(Payload, payload);
        writer.WriteBytes(Signature, signer.Sign(SignedBytes(domain, type, payload)));
        return output.WrittenSpan.ToArray();
    }

    /// <summary>The payload and its signer; false, with nothing to parse, unless the envelope is of this domain and type and its signature is right.</summary>
    public static bool TryOpen(ReadOnlySpan<byte> envelope, string domain, ReadOnlySpan<byte> type, [NotNullWhen(true)] out PublicKey? signer, out ReadOnlySpan<byte> payload)
    {
        signer = null;
        payload = default;
        ReadOnlySpan<byte> key = default, claimed = default, content = default, signature = default;
        var reader = new ProtoReader(envelope);
        while (reader.TryReadField(out var field, out var wire))
        {
            if (wire != WireType.Bytes)
            {
                reader.TrySkip(wire);
                continue;
            }
            if (!reader.TryReadBytes(out var value)) break;
            switch (field)
            {
                case Key: key = value; break;
                case Type: claimed = value; break;
                case Payload: content = value; break;
                case Signature: signature = value; break;
            }
        }
        if (reader.Failed || !claimed.SequenceEqual(type) || !PublicKey.TryFromProtobuf(key, out var candidate) || !candidate.Verify(SignedBytes(domain, type, content), signature)) return false;
        signer = candidate;
        payload = content;
        return true;
    }

    private static byte[] SignedBytes(string domain, ReadOnlySpan<byte> type, ReadOnlySpan<byte> payload)
    {
        var name = Encoding.UTF8.GetBytes(domain);
        var buffer = new byte[name.Length + type.Length + payload.Length + (3 * Varint.MaxSize)];
        var at = Append(buffer, 0, name);
        at = Append(buffer, at, type);
        at = Append(buffer, at, payload);
        return buffer[..at];
    }

    private static int Append(Span<byte> buffer, int at, ReadOnlySpan<byte> value)
    {
        at += Varint.Write(buffer[at..], (ulong)value.Length);
        value.CopyTo(buffer[at..]);
        return at + value.Length;
    }
}
