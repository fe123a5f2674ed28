using System.Security.Cryptography;

namespace IppanFleet.Libp2p.Crypto;

/// <summary>An X25519 key pair (RFC 7748). Never prints its private half.</summary>
public sealed class X25519PrivateKey : IDisposable
{
    /// <summary>Bytes of a private key, a public key and a shared secret.</summary>
    public const int KeySize = 32;

    private readonly EvpKey _key;
    private readonly byte[] _publicKey;

    private X25519PrivateKey(EvpKey key, byte[] publicKey) => (_key, _publicKey) = (key, publicKey);

    /// <summary>The public key, 32 bytes.</summary>
    public ReadOnlySpan<byte> PublicKey => _publicKey;

    /// <summary>A fresh random key pair.</summary>
    public static X25519PrivateKey Generate()
    {
        Span<byte> secret = stackalloc byte[KeySize];
        RandomNumberGenerator.Fill(secret);
        try
        {
            return FromBytes(secret);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    /// <summary>The key pair of a 32-byte private key.</summary>
    /// <exception cref="ArgumentException">Another length.</exception>
    public static X25519PrivateKey FromBytes(ReadOnlySpan<byte> secret)
    {
        if (secret.Length != KeySize) throw new ArgumentException($"An X25519 private key has {KeySize} bytes, not {secret.Length}.", nameof(secret));
        var key = LibCrypto.EVP_PKEY_new_raw_private_key(LibCrypto.X25519, 0, secret, KeySize);
        var publicKey = new byte[KeySize];
        nuint length = KeySize;
        if (key.IsInvalid || LibCrypto.EVP_PKEY_get_raw_public_key(key, publicKey, ref length) != 1) throw new CryptographicException("libcrypto refused an X25519 key.");
        return new X25519PrivateKey(key, publicKey);
    }

    /// <summary>Writes the 32-byte shared secret to <paramref name="secret"/>; false when the peer's key has small order, that is when the secret would be all zero (RFC 7748 §6.1).</summary>
    public bool TryDerive(ReadOnlySpan<byte> peerPublicKey, Span<byte> secret)
    {
        if (peerPublicKey.Length != KeySize || secret.Length != KeySize) return false;
        using var peer = LibCrypto.EVP_PKEY_new_raw_public_key(LibCrypto.X25519, 0, peerPublicKey, KeySize);
        var context = LibCrypto.EVP_PKEY_CTX_new(_key, 0);
        try
        {
            nuint length = KeySize;
            var derived = !peer.IsInvalid
                && LibCrypto.EVP_PKEY_derive_init(context) == 1
                && LibCrypto.EVP_PKEY_derive_set_peer(context, peer) == 1
                && LibCrypto.EVP_PKEY_derive(context, secret, ref length) == 1
                && secret.IndexOfAnyExcept((byte)0) >= 0;
            if (!derived) LibCrypto.ERR_clear_error();
            return derived;
        }
        finally
        {
            LibCrypto.EVP_PKEY_CTX_free(context);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _key.Dispose();
}
