using System.Security.Cryptography;
using IppanFleet.Libp2p.Crypto;

namespace IppanFleet.Libp2p.Security.Noise;

/// <summary>The chaining key and transcript hash of a handshake (Noise §5.2 SymmetricState, SHA-256).</summary>
internal sealed class NoiseSymmetricState : IDisposable
{
    private const int HashSize = Sha256.HashSize;

    private readonly byte[] _chainingKey = "Noise_XX_25519_ChaChaPoly_SHA256"u8.ToArray();
    private readonly byte[] _hash = "Noise_XX_25519_ChaChaPoly_SHA256"u8.ToArray();
    private NoiseCipher? _cipher;

    internal NoiseSymmetricState(ReadOnlySpan<byte> prologue) => MixHash(prologue);

    /// <summary>Bytes that <see cref="EncryptAndHash"/> adds now.</summary>
    internal int Overhead => _cipher is null ? 0 : NoiseCipher.TagSize;

    /// <summary>The hash of all that was sent and received.</summary>
    internal ReadOnlySpan<byte> Hash => _hash;

    internal void MixHash(ReadOnlySpan<byte> data) => Sha256.Hash(_hash, data, _hash);

    internal void MixKey(ReadOnlySpan<byte> input)
    {
        Span<byte> key = stackalloc byte[HashSize];
        Expand(input, _chainingKey, key);
        _cipher?.Dispose();
        _cipher = new NoiseCipher(key);
        CryptographicOperations.ZeroMemory(key);
    }

    internal int EncryptAndHash(ReadOnlySpan<byte> plaintext, Span<byte> output)
    {
        if (_cipher is null) plaintext.CopyTo(output);
        else _cipher.Encrypt(plaintext, _hash, output);
        var size = plaintext.Length + Overhead;
        MixHash(output[..size]);
        return size;
    }

    internal bool TryDecryptAndHash(ReadOnlySpan<byte> ciphertext, Span<byte> output, out int size)
    {
        size = ciphertext.Length - Overhead;
        if (size < 0) return false;
        if (_cipher is null) ciphertext.CopyTo(output);
        else if (!_cipher.TryDecrypt(ciphertext, _hash, output)) return false;
        MixHash(ciphertext);
        return true;
    }

    /// <summary>The two transport keys: the initiator's direction first (Noise §5.2 Split).</summary>
    internal (NoiseCipher Initiator, NoiseCipher Responder) Split()
    {
        Span<byte> first = stackalloc byte[HashSize], second = stackalloc byte[HashSize];
        Expand([], first, second);
        var ciphers = (new NoiseCipher(first), new NoiseCipher(second));
        CryptographicOperations.ZeroMemory(first);
        CryptographicOperations.ZeroMemory(second);
        return ciphers;
    }

    public void Dispose()
    {
        _cipher?.Dispose();
        CryptographicOperations.ZeroMemory(_chainingKey);
    }

    /// <summary>HKDF with the chaining key as salt and two outputs (Noise §4.3).</summary>
    private void Expand(ReadOnlySpan<byte> input, Span<byte> first, Span<byte> second)
    {
        Span<byte> secret = stackalloc byte[HashSize];
        Span<byte> block = stackalloc byte[HashSize + 1];
        Sha256.Hmac(_chainingKey, input, secret);
        Sha256.Hmac(secret, [1], block);
        block[HashSize] = 2;
        Sha256.Hmac(secret, block, second);
        block[..HashSize].CopyTo(first);
        CryptographicOperations.ZeroMemory(secret);
        CryptographicOperations.ZeroMemory(block);
    }
}
