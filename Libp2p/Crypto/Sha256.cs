using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace IppanFleet.Libp2p.Crypto;

/// <summary>SHA-256 (FIPS 180-4) and HMAC-SHA-256 (RFC 2104) of small inputs, with one libcrypto context a thread and the algorithm looked up once: a handshake hashes some eighty times.</summary>
internal static class Sha256
{
    internal const int HashSize = 32;

    private const int BlockSize = 64;

    private static readonly nint Algorithm = LibCrypto.EVP_MD_fetch(0, "SHA256", 0);

    [ThreadStatic]
    private static DigestContext? _context;

    /// <summary>Writes the hash of <paramref name="first"/> followed by <paramref name="second"/>; the output may be one of the inputs.</summary>
    internal static void Hash(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, Span<byte> output)
    {
        if (output.Length < HashSize) throw new ArgumentException($"A SHA-256 hash has {HashSize} bytes.", nameof(output));
        var context = _context ??= LibCrypto.EVP_MD_CTX_new_owned();
        var hashed = LibCrypto.EVP_DigestInit_ex(context, Algorithm, 0) == 1
            && LibCrypto.EVP_DigestUpdate(context, first, (nuint)first.Length) == 1
            && LibCrypto.EVP_DigestUpdate(context, second, (nuint)second.Length) == 1
            && LibCrypto.EVP_DigestFinal_ex(context, output, out _) == 1;
        if (!hashed) throw new CryptographicException("libcrypto could not hash.");
    }

    /// <summary>Writes the HMAC of <paramref name="message"/> under <paramref name="key"/>, which has at most 64 bytes; the output may be one of the inputs.</summary>
    internal static void Hmac(ReadOnlySpan<byte> key, ReadOnlySpan<byte> message, Span<byte> output)
    {
        if (key.Length > BlockSize) throw new ArgumentException($"A key of at most {BlockSize} bytes is expected.", nameof(key));
        Span<byte> inner = stackalloc byte[BlockSize], outer = stackalloc byte[BlockSize], hash = stackalloc byte[HashSize];
        inner.Fill(0x36);
        outer.Fill(0x5c);
        for (var i = 0; i < key.Length; i++)
        {
            inner[i] ^= key[i];
            outer[i] ^= key[i];
        }
        Hash(inner, message, hash);
        Hash(outer, hash, output);
        CryptographicOperations.ZeroMemory(inner);
        CryptographicOperations.ZeroMemory(outer);
    }
}

/// <summary>An owned <c>EVP_MD_CTX</c>.</summary>
internal sealed class DigestContext() : SafeHandle(0, ownsHandle: true)
{
    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        LibCrypto.EVP_MD_CTX_free(handle);
        return true;
    }
}
