using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using IppanFleet.Libp2p.Crypto;
using IppanFleet.Libp2p.Protobuf;

namespace IppanFleet.Libp2p.Identity;

/// <summary>A peer's own Ed25519 key pair and the id that it makes. Thread-safe; never prints its secret.</summary>
public sealed class PeerIdentity : IDisposable
{
    private readonly Ed25519PrivateKey _key;

    private PeerIdentity(Ed25519PrivateKey key)
    {
        _key = key;
        PublicKey = new PublicKey(KeyType.Ed25519, key.PublicKey);
    }

    /// <summary>The public half.</summary>
    public PublicKey PublicKey { get; }

    /// <summary>The peer id.</summary>
    public PeerId Id => PublicKey.Id;

    /// <summary>The key pair itself, for protocols above libp2p that sign with the node's key.</summary>
    public Ed25519PrivateKey Key => _key;

    /// <summary>A new random identity.</summary>
    public static PeerIdentity Generate()
    {
        Span<byte> seed = stackalloc byte[Ed25519.SeedSize];
        RandomNumberGenerator.Fill(seed);
        try
        {
            return FromSeed(seed);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(seed);
        }
    }

    /// <summary>The identity of a 32-byte Ed25519 seed.</summary>
    public static PeerIdentity FromSeed(ReadOnlySpan<byte> seed) => new(Ed25519PrivateKey.FromSeed(seed));

    /// <summary>Derives one of many identities of a fleet: HKDF-SHA256(secret, info = <paramref name="name"/>), so that the same secret and name are always the same peer.</summary>
    /// <exception cref="ArgumentException">The secret is shorter than 16 bytes.</exception>
    public static PeerIdentity Derive(ReadOnlySpan<byte> secret, string name)
    {
        if (secret.Length < 16) throw new ArgumentException($"A seed for identities needs at least 16 bytes (32 hex digits), not {secret.Length}.", nameof(secret));
        Span<byte> seed = stackalloc byte[Ed25519.SeedSize];
        try
        {
            HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, seed, "ippan-fleet/identity/v1"u8, System.Text.Encoding.UTF8.GetBytes(name));
            return FromSeed(seed);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(seed);
        }
    }

    /// <summary>Reads libp2p's private-key protobuf: 64 bytes of Ed25519 (seed ‖ public key), or the 96-byte legacy form whose duplicate must agree (peer-ids.md §Ed25519).</summary>
    public static bool TryFromProtobuf(ReadOnlySpan<byte> protobuf, [NotNullWhen(true)] out PeerIdentity? identity)
    {
        identity = null;
        var reader = new ProtoReader(protobuf);
        if (!reader.TryReadField(out var field, out var wire) || field != 1 || wire != WireType.Varint || !reader.TryReadVarint(out var type) || type != (ulong)KeyType.Ed25519) return false;
        if (!reader.TryReadField(out field, out wire) || field != 2 || wire != WireType.Bytes || !reader.TryReadBytes(out var data) || reader.Remaining != 0) return false;
        if (data.Length is not (64 or 96)) return false;
        if (data.Length == 96 && !data[64..].SequenceEqual(data[32..64])) return false;
        var candidate = FromSeed(data[..32]);
        if (!candidate.PublicKey.Data.SequenceEqual(data[32..64]))
        {
            candidate.Dispose();
            return false;
        }
        identity = candidate;
        return true;
    }

    /// <summary>The 64-byte signature over <paramref name="message"/>.</summary>
    public byte[] Sign(ReadOnlySpan<byte> message) => _key.Sign(message);

    /// <summary>The peer id; the secret is never printed.</summary>
    public override string ToString() => Id.ToString();

    /// <inheritdoc/>
    public void Dispose() => _key.Dispose();
}
