using System.Buffers.Binary;
using System.Security.Cryptography;

namespace IppanFleet.Libp2p.Security.Noise;

/// <summary>One direction's key and counter (Noise §5.1 CipherState, ChaChaPoly). The counter advances only on success; the key refuses to be used past 2^64−2.</summary>
internal sealed class NoiseCipher(ReadOnlySpan<byte> key) : IDisposable
{
    /// <summary>Bytes that encryption adds.</summary>
    internal const int TagSize = 16;

    private readonly ChaCha20Poly1305 _cipher = new(key);
    private ulong _nonce;

    /// <summary>Writes ciphertext and tag; <paramref name="output"/> has 16 bytes more than <paramref name="plaintext"/>, with which it may begin.</summary>
    internal void Encrypt(ReadOnlySpan<byte> plaintext, ReadOnlySpan<byte> associated, Span<byte> output)
    {
        Span<byte> nonce = stackalloc byte[12];
        WriteNonce(nonce);
        Seal(nonce, plaintext, associated, output);
        _nonce++;
    }

    /// <summary>Writes the plaintext, 16 bytes shorter than <paramref name="ciphertext"/>; false when the tag is wrong.</summary>
    internal bool TryDecrypt(ReadOnlySpan<byte> ciphertext, ReadOnlySpan<byte> associated, Span<byte> output)
    {
        Span<byte> nonce = stackalloc byte[12];
        WriteNonce(nonce);
        if (!TryOpen(nonce, ciphertext, associated, output)) return false;
        _nonce++;
        return true;
    }

    /// <summary>As <see cref="Encrypt"/>, with a nonce of 12 bytes that the caller chooses (RFC 8439 §2.8); the counter stays.</summary>
    internal void Seal(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> plaintext, ReadOnlySpan<byte> associated, Span<byte> output) =>
        _cipher.Encrypt(nonce, plaintext, output[..plaintext.Length], output.Slice(plaintext.Length, TagSize), associated);

    /// <summary>As <see cref="TryDecrypt"/>, with a nonce of 12 bytes that the caller chooses; the counter stays.</summary>
    internal bool TryOpen(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> ciphertext, ReadOnlySpan<byte> associated, Span<byte> output)
    {
        if (ciphertext.Length < TagSize) return false;
        var size = ciphertext.Length - TagSize;
        try
        {
            _cipher.Decrypt(nonce, ciphertext[..size], ciphertext[size..], output[..size], associated);
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
        return true;
    }

    public void Dispose() => _cipher.Dispose();

    private void WriteNonce(Span<byte> nonce)
    {
        if (_nonce == ulong.MaxValue) throw new ChannelException(ChannelFault.LimitExceeded, "Noise: the session's nonces are used up");
        nonce.Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(nonce[4..], _nonce);
    }
}
