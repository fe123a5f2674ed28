using System.Diagnostics.CodeAnalysis;
using IppanFleet.Libp2p.Crypto;

namespace IppanFleet.Libp2p.Identity;

/// <summary>A peer's public key: its type and the bytes that libp2p's protobuf carries (peer-ids.md §Keys).</summary>
public sealed class PublicKey
{
    private readonly byte[] _data;
    private readonly byte[] _protobuf;

    /// <summary>The key of <paramref name="type"/> whose type-specific encoding is <paramref name="data"/>, as <see cref="KeyType"/> says.</summary>
    internal PublicKey(KeyType type, ReadOnlySpan<byte> data)
    {
        Type = type;
        _data = data.ToArray();
        _protobuf = KeyProtobuf.Write(type, data);
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

    /// <summary>As <see cref="Read"/>, without the reason.</summary>
    public static bool TryFromProtobuf(ReadOnlySpan<byte> protobuf, [NotNullWhen(true)] out PublicKey? key) => Read(protobuf, out key) == KeyFault.None;

    /// <summary>
    /// Reads the deterministic protobuf form; another encoding is refused, since it would make another peer id. Sizes, exponents and curves are judged here, before anybody verifies with
    /// the key. An uncompressed secp256k1 point is read as the compressed one: go- and rust-libp2p name the peer after that.
    /// </summary>
    public static KeyFault Read(ReadOnlySpan<byte> protobuf, out PublicKey? key)
    {
        key = null;
        if (!KeyProtobuf.TryRead(protobuf, out var type, out var data)) return KeyFault.Malformed;
        Span<byte> point = stackalloc byte[Secp256k1Keys.CompressedSize];
        var fault = type switch
        {
            KeyType.Rsa => RsaKeys.Check(data),
            KeyType.Secp256k1 => Secp256k1Keys.Compress(data, point),
            KeyType.Ecdsa => EcdsaKeys.Check(data),
            _ => data.Length == Ed25519.PublicKeySize ? KeyFault.None : KeyFault.Malformed,
        };
        if (fault == KeyFault.None) key = new PublicKey(type, type == KeyType.Secp256k1 ? point : data);
        return fault;
    }

    /// <summary>Whether <paramref name="signature"/> is this key's over <paramref name="message"/>, in the way of its type. Malformed signatures are just false.</summary>
    public bool Verify(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) => Type switch
    {
        KeyType.Ed25519 => Ed25519.Verify(_data, message, signature),
        KeyType.Rsa => RsaKeys.Verify(_data, message, signature),
        KeyType.Secp256k1 => Secp256k1Keys.Verify(_data, message, signature),
        _ => EcdsaKeys.Verify(_data, message, signature),
    };
}
