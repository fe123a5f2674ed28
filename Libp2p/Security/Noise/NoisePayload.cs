using System.Buffers;
using System.Text;
using IppanFleet.Libp2p.Identity;
using IppanFleet.Libp2p.Protobuf;

namespace IppanFleet.Libp2p.Security.Noise;

/// <summary>What each side tells inside the handshake: its identity, the proof that its static key is its own, and its muxers (https://github.com/libp2p/specs/blob/master/noise/README.md).</summary>
internal readonly ref struct NoisePayload
{
    private const int IdentityKey = 1, IdentitySignature = 2, Extensions = 4, StreamMuxers = 2;
    private const int MaxMuxers = 16;
    private const int MaxMuxerLength = 128;

    internal static ReadOnlySpan<byte> SignatureDomain => "noise-libp2p-static-key:"u8;

    internal ReadOnlySpan<byte> Key { get; init; }

    internal ReadOnlySpan<byte> Signature { get; init; }

    /// <summary>The muxers in the sender's order; null where it sent no extensions.</summary>
    internal List<string>? Muxers { get; init; }

    internal static byte[] Encode(PublicKey key, ReadOnlySpan<byte> signature, IReadOnlyList<string> muxers)
    {
        var extensions = new ArrayBufferWriter<byte>(32);
        var nested = new ProtoWriter(extensions);
        foreach (var muxer in muxers) nested.WriteText(StreamMuxers, muxer);
        var buffer = new ArrayBufferWriter<byte>(192);
        var writer = new ProtoWriter(buffer);
        writer.WriteBytes(IdentityKey, key.Protobuf);
        writer.WriteBytes(IdentitySignature, signature);
        writer.WriteBytes(Extensions, extensions.WrittenSpan);
        return buffer.WrittenSpan.ToArray();
    }

    internal static bool TryDecode(ReadOnlySpan<byte> bytes, out NoisePayload payload)
    {
        ReadOnlySpan<byte> key = default, signature = default;
        List<string>? muxers = null;
        var malformed = false;
        var reader = new ProtoReader(bytes);
        while (reader.TryReadField(out var field, out var type))
        {
            if (type != WireType.Bytes) reader.TrySkip(type);
            else if (field == IdentityKey) reader.TryReadBytes(out key);
            else if (field == IdentitySignature) reader.TryReadBytes(out signature);
            else if (field == Extensions && reader.TryReadBytes(out var extensions)) malformed |= !TryDecodeExtensions(extensions, ref muxers);
            else if (field is not (IdentityKey or IdentitySignature or Extensions)) reader.TrySkip(type);
        }
        payload = new NoisePayload { Key = key, Signature = signature, Muxers = muxers };
        return !reader.Failed && !malformed;
    }

    private static bool TryDecodeExtensions(ReadOnlySpan<byte> bytes, ref List<string>? muxers)
    {
        muxers ??= [];
        var reader = new ProtoReader(bytes);
        while (reader.TryReadField(out var field, out var type))
        {
            if (field != StreamMuxers || type != WireType.Bytes) reader.TrySkip(type);
            else if (!reader.TryReadBytes(out var name) || name.Length > MaxMuxerLength || muxers.Count == MaxMuxers) return false;
            else muxers.Add(Encoding.UTF8.GetString(name));
        }
        return !reader.Failed;
    }
}
