using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using IppanFleet.Libp2p.Crypto;
using IppanFleet.Libp2p.Protobuf;

namespace IppanFleet.Libp2p.Identity;

/// <summary>The key types of libp2p (peer-ids.md §Keys).</summary>
public enum KeyType
{
    /// <summary>RSA, PKCS#1 v1.5 with SHA-256.</summary>
    Rsa = 0,

    /// <summary>Ed25519.</summary>
    Ed25519 = 1,

    /// <summary>ECDSA over secp256k1 with SHA-256.</summary>
    Secp256k1 = 2,

    /// <summary>ECDSA over a NIST curve with SHA-256.</summary>
    Ecdsa = 3,
}

/// <summary>A peer's public key: its type and the bytes that libp2p's protobuf carries (peer-ids.md §Keys).</summary>
public sealed class PublicKey
{
    private readonly byte[] _data;
    private readonly byte[] _protobuf;

    /// <summary>The key of <paramref name="type"/> whose type-specific encoding is <paramref name="data"/> (Ed25519: 32 bytes).</summary>
    internal PublicKey(KeyType type, ReadOnlySpan<byte> data)
    {
        Type = type;
        _data = data.ToArray();
        var buffer = new ArrayBufferWriter<byte>(data.Length + 8);
        var writer = new ProtoWriter(buffer);
        writer.WriteVarint(1, (ulong)type);
        writer.WriteBytes(2, data);
        _protobuf = buffer.WrittenSpan.ToArray();
        Id = PeerId.FromPublicKey(_protobuf);
    }

    /// <summary>The key's type.</summary>
    public KeyType Type { get; }

    /// <summary>The peer id that this key makes.</summary>
    public PeerId Id { get; }

    /// <summary>The type-specific bytes.</summary>
    public ReadOnlySpan<byte> Data => _data;

    /// <summary>The deterministic protobuf: Type, then Data, minimal varints.</summary>
    public ReadOnlySpan<byte> Protobuf => _protobuf;

    /// <summary>Reads the deterministic protobuf form; an encoding that is not the deterministic one is refused, since it would make another peer id.</summary>
    public static bool TryFromProtobuf(ReadOnlySpan<byte> protobuf, [NotNullWhen(true)] out PublicKey? key)
    {
        key = null;
        var reader = new ProtoReader(protobuf);
        if (!reader.TryReadField(out var field, out var wire) || field != 1 || wire != WireType.Varint || !reader.TryReadVarint(out var type) || type > (ulong)KeyType.Ecdsa) return false;
        if (!reader.TryReadField(out field, out wire) || field != 2 || wire != WireType.Bytes || !reader.TryReadBytes(out var data) || reader.Remaining != 0) return false;
        if ((KeyType)type == KeyType.Ed25519 && data.Length != Ed25519.PublicKeySize) return false;
        var candidate = new PublicKey((KeyType)type, data);
        if (!candidate.Protobuf.SequenceEqual(protobuf)) return false;
        key = candidate;
        return true;
    }

    /// <summary>Whether <paramref name="signature"/> is this key's over <paramref name="message"/>. Key types that this build cannot verify answer false.</summary>
    public bool Verify(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) => Type == KeyType.Ed25519 && Ed25519.Verify(_data, message, signature);
}
