namespace IppanFleet.Libp2p.Crypto;

/// <summary>Ed25519 verification (RFC 8032 §5.1.7, the cofactorless equation), strict about what it accepts.</summary>
/// <remarks>
/// Refused before any backend is asked: keys and signature points R that are not canonically encoded or that have small order. S ≥ L is refused by the backend.
/// </remarks>
public static class Ed25519
{
    /// <summary>Bytes of a seed.</summary>
    public const int SeedSize = 32;

    /// <summary>Bytes of a public key.</summary>
    public const int PublicKeySize = 32;

    /// <summary>Bytes of a signature.</summary>
    public const int SignatureSize = 64;

    /// <summary>Whether <paramref name="signature"/> (64 bytes) is <paramref name="publicKey"/>'s (32 bytes) over <paramref name="message"/>; wrong lengths are just false.</summary>
    public static bool Verify(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        if (publicKey.Length != PublicKeySize || signature.Length != SignatureSize || !IsAcceptablePoint(publicKey) || !IsAcceptablePoint(signature[..32])) return false;
        using var key = LibCrypto.EVP_PKEY_new_raw_public_key(LibCrypto.Ed25519, 0, publicKey, PublicKeySize);
        return !key.IsInvalid && Verify(key, message, signature);
    }

    /// <summary>Whether these 32 bytes are a canonical encoding of a point outside the small subgroup. Whether they lie on the curve is left to the backend.</summary>
    public static bool IsAcceptablePoint(ReadOnlySpan<byte> point) => point.Length == 32 && SmallOrderPoints.IsCanonical(point) && !SmallOrderPoints.Contains(point);

    internal static bool Verify(EvpKey key, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        var context = LibCrypto.EVP_MD_CTX_new();
        try
        {
            // Exactly 1 is success: 0 is a wrong signature and a negative value a malformed one (RUSTSEC-2019-0004).
            var valid = LibCrypto.EVP_DigestVerifyInit(context, 0, 0, 0, key) == 1
                && LibCrypto.EVP_DigestVerify(context, signature, (nuint)signature.Length, message, (nuint)message.Length) == 1;
            if (!valid) LibCrypto.ERR_clear_error();
            return valid;
        }
        finally
        {
            LibCrypto.EVP_MD_CTX_free(context);
        }
    }
}

/// <summary>An Ed25519 key pair made from a 32-byte seed (RFC 8032 §5.1.5). Thread-safe. Never prints its seed.</summary>
public sealed class Ed25519PrivateKey : ISigningKey
{
    private readonly EvpKey _key;
    private readonly byte[] _publicKey;

    private Ed25519PrivateKey(EvpKey key, byte[] publicKey) => (_key, _publicKey) = (key, publicKey);

    /// <summary>The public key, 32 bytes.</summary>
    public ReadOnlySpan<byte> PublicKey => _publicKey;

    /// <summary>The key pair of <paramref name="seed"/>, 32 bytes.</summary>
    /// <exception cref="ArgumentException">The seed has another length.</exception>
    public static Ed25519PrivateKey FromSeed(ReadOnlySpan<byte> seed)
    {
        if (seed.Length != Ed25519.SeedSize) throw new ArgumentException($"An Ed25519 seed has {Ed25519.SeedSize} bytes, not {seed.Length}.", nameof(seed));
        var key = LibCrypto.EVP_PKEY_new_raw_private_key(LibCrypto.Ed25519, 0, seed, (nuint)seed.Length);
        var publicKey = new byte[Ed25519.PublicKeySize];
        var length = (nuint)publicKey.Length;
        if (key.IsInvalid || LibCrypto.EVP_PKEY_get_raw_public_key(key, publicKey, ref length) != 1) throw new System.Security.Cryptography.CryptographicException("libcrypto refused an Ed25519 seed.");
        return new Ed25519PrivateKey(key, publicKey);
    }

    /// <summary>Reads seed ‖ public key, or the 96-byte legacy form with the public key twice; null when a half does not fit.</summary>
    internal static Ed25519PrivateKey? TryImport(ReadOnlySpan<byte> data)
    {
        const int Pair = Ed25519.SeedSize + Ed25519.PublicKeySize;
        if (data.Length is not (Pair or Pair + Ed25519.PublicKeySize)) return null;
        var key = FromSeed(data[..Ed25519.SeedSize]);
        var told = data[Ed25519.SeedSize..Pair];
        if (key.PublicKey.SequenceEqual(told) && (data.Length == Pair || data[Pair..].SequenceEqual(told))) return key;
        key.Dispose();
        return null;
    }

    /// <summary>Writes the 64-byte signature over <paramref name="message"/> to <paramref name="signature"/>.</summary>
    public void Sign(ReadOnlySpan<byte> message, Span<byte> signature)
    {
        if (signature.Length != Ed25519.SignatureSize) throw new ArgumentException($"An Ed25519 signature has {Ed25519.SignatureSize} bytes.", nameof(signature));
        var context = LibCrypto.EVP_MD_CTX_new();
        try
        {
            var length = (nuint)signature.Length;
            if (LibCrypto.EVP_DigestSignInit(context, 0, 0, 0, _key) != 1
                || LibCrypto.EVP_DigestSign(context, signature, ref length, message, (nuint)message.Length) != 1)
            {
                throw new System.Security.Cryptography.CryptographicException("libcrypto could not sign.");
            }
        }
        finally
        {
            LibCrypto.EVP_MD_CTX_free(context);
        }
    }

    int ISigningKey.Sign(ReadOnlySpan<byte> message, Span<byte> signature)
    {
        Sign(message, signature[..Ed25519.SignatureSize]);
        return Ed25519.SignatureSize;
    }

    byte[] ISigningKey.Export()
    {
        var pair = new byte[Ed25519.SeedSize + Ed25519.PublicKeySize];
        nuint length = Ed25519.SeedSize;
        if (LibCrypto.EVP_PKEY_get_raw_private_key(_key, pair, ref length) != 1) throw new System.Security.Cryptography.CryptographicException("libcrypto did not give an Ed25519 seed.");
        _publicKey.CopyTo(pair, Ed25519.SeedSize);
        return pair;
    }

    /// <summary>The 64-byte signature over <paramref name="message"/>.</summary>
    public byte[] Sign(ReadOnlySpan<byte> message)
    {
        var signature = new byte[Ed25519.SignatureSize];
        Sign(message, signature);
        return signature;
    }

    /// <inheritdoc/>
    public void Dispose() => _key.Dispose();
}
