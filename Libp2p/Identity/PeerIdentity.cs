using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using IppanFleet.Libp2p.Crypto;

namespace IppanFleet.Libp2p.Identity;

/// <summary>A peer's own key pair, of any of libp2p's types, and the id that it makes. Thread-safe; never prints its secret.</summary>
public sealed class PeerIdentity : IDisposable
{
    /// <summary>The longest signature of any type: that of RSA with 8,192 bits.</summary>
    internal const int MaxSignatureSize = 1024;

    private readonly ISigningKey _key;

    private PeerIdentity(KeyType type, ISigningKey key)
    {
        _key = key;
        PublicKey = new PublicKey(type, key.PublicKey);
    }

    /// <summary>The public half.</summary>
    public PublicKey PublicKey { get; }

    /// <summary>The peer id.</summary>
    public PeerId Id => PublicKey.Id;

    /// <summary>The Ed25519 key pair itself, for protocols above libp2p that sign with the node's key.</summary>
    /// <exception cref="InvalidOperationException">The identity is of another type.</exception>
    public Ed25519PrivateKey Key => _key as Ed25519PrivateKey ?? throw new InvalidOperationException($"The identity {Id} is of type {PublicKey.Type}; what signs with the node's own key, such as IPPAN's blocks, needs Ed25519.");

    /// <summary>A new random identity. ECDSA takes P-256.</summary>
    /// <param name="type">Its type. Default Ed25519, which every libp2p peer knows and which costs least.</param>
    /// <param name="rsaBits">The size of an RSA key: 2,048 to 8,192 bits. Default 2,048.</param>
    /// <exception cref="PlatformNotSupportedException">This machine's libcrypto lacks secp256k1.</exception>
    public static PeerIdentity Generate(KeyType type = KeyType.Ed25519, int rsaBits = RsaKeys.MinBits)
    {
        switch (type)
        {
            case KeyType.Rsa:
                if (rsaBits is < RsaKeys.MinBits or > RsaKeys.MaxBits) throw new ArgumentOutOfRangeException(nameof(rsaBits), rsaBits, $"An RSA identity has {RsaKeys.MinBits} to {RsaKeys.MaxBits} bits.");
                return new PeerIdentity(type, RsaPrivateKey.Generate(rsaBits));
            case KeyType.Secp256k1:
                if (!EllipticCurve.Secp256k1.IsAvailable) throw new PlatformNotSupportedException($"The identity {KeyFault.Secp256k1Missing.Explain()}.");
                return new PeerIdentity(type, Secp256k1PrivateKey.Generate());
            case KeyType.Ecdsa:
                return new PeerIdentity(type, EcdsaPrivateKey.Generate());
            default:
                return FromRandomSeed();
        }
    }

    /// <summary>The identity of a 32-byte Ed25519 seed.</summary>
    public static PeerIdentity FromSeed(ReadOnlySpan<byte> seed) => new(KeyType.Ed25519, Ed25519PrivateKey.FromSeed(seed));

    /// <summary>Derives one of many Ed25519 identities of a fleet: HKDF-SHA256(secret, info = <paramref name="name"/>), so that the same secret and name are always the same peer.</summary>
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

    /// <summary>Reads libp2p's private-key protobuf (peer-ids.md §Keys), as <see cref="KeyType"/> says; of Ed25519 the 96-byte legacy form too, whose duplicate must agree. Halves that do not fit each other are refused.</summary>
    public static bool TryFromProtobuf(ReadOnlySpan<byte> protobuf, [NotNullWhen(true)] out PeerIdentity? identity)
    {
        identity = null;
        if (!KeyProtobuf.TryRead(protobuf, out var type, out var data)) return false;
        ISigningKey? key = type switch
        {
            KeyType.Rsa => RsaPrivateKey.TryImport(data),
            KeyType.Secp256k1 => Secp256k1PrivateKey.TryImport(data),
            KeyType.Ecdsa => EcdsaPrivateKey.TryImport(data),
            _ => Ed25519PrivateKey.TryImport(data),
        };
        if (key is null) return false;
        var candidate = new PeerIdentity(type, key);
        if (candidate.IsUsable())
        {
            identity = candidate;
            return true;
        }
        candidate.Dispose();
        return false;
    }

    /// <summary>libp2p's private-key protobuf, as <see cref="TryFromProtobuf"/> reads it: a secret, which the caller clears after use.</summary>
    public byte[] ToProtobuf()
    {
        var data = _key.Export();
        try
        {
            return KeyProtobuf.Write(PublicKey.Type, data);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(data);
        }
    }

    /// <summary>The signature over <paramref name="message"/>: 64 bytes with Ed25519, as long as the key with RSA, DER of varying length with the others.</summary>
    public byte[] Sign(ReadOnlySpan<byte> message)
    {
        Span<byte> signature = stackalloc byte[MaxSignatureSize];
        return signature[..Sign(message, signature)].ToArray();
    }

    /// <summary>Writes the signature over <paramref name="message"/>, at most <see cref="MaxSignatureSize"/> bytes, and says how long it is.</summary>
    internal int Sign(ReadOnlySpan<byte> message, Span<byte> signature) => _key.Sign(message, signature);

    /// <summary>The peer id; the secret is never printed.</summary>
    public override string ToString() => Id.ToString();

    /// <inheritdoc/>
    public void Dispose() => _key.Dispose();

    private static PeerIdentity FromRandomSeed()
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

    /// <summary>Whether others would take the public half, and what the private half signs.</summary>
    private bool IsUsable()
    {
        try
        {
            return PublicKey.Read(PublicKey.Protobuf, out var key) == KeyFault.None && key!.Verify("probe"u8, Sign("probe"u8));
        }
        catch (CryptographicException)
        {
            return false;
        }
    }
}
