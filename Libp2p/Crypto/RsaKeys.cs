using System.Formats.Asn1;
using System.Numerics;
using System.Security.Cryptography;

namespace IppanFleet.Libp2p.Crypto;

/// <summary>RSA public keys as SubjectPublicKeyInfo (RFC 3279 §2.3.1) and their signatures: PKCS#1 v1.5 with SHA-256.</summary>
/// <remarks>
/// Native keys, here and of the elliptic curves, are made for one verification and disposed of. That doubles its cost or more, for the few peers that have such keys; a cache would be shared
/// between threads, hold native memory, and be one more thing for remotes to fill.
/// </remarks>
internal static class RsaKeys
{
    internal const int MinBits = 2048;
    internal const int MaxBits = 8192;

    /// <summary>Nothing that we accept is longer: a modulus of 8,192 bits, an exponent of 31, and their heads.</summary>
    private const int MaxEncoding = 1100;

    /// <summary>The algorithm identifier: rsaEncryption with NULL parameters.</summary>
    private static ReadOnlySpan<byte> Algorithm => [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];

    /// <summary>Judges a key by its encoding, size and exponent; costs no arithmetic.</summary>
    internal static KeyFault Check(ReadOnlySpan<byte> info) => Read(info, out _, out _);

    /// <summary>Whether the signature is the key's; anything that <see cref="Check"/> refuses is false.</summary>
    internal static bool Verify(ReadOnlySpan<byte> info, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        if (Read(info, out var modulus, out var exponent) != KeyFault.None || signature.Length != modulus.Length) return false;
        try
        {
            using var key = RSA.Create(new RSAParameters { Modulus = modulus.ToArray(), Exponent = exponent.ToArray() });
            return key.VerifyData(message, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    private static KeyFault Read(ReadOnlySpan<byte> info, out ReadOnlySpan<byte> modulus, out ReadOnlySpan<byte> exponent)
    {
        modulus = exponent = default;
        if (info.Length > MaxEncoding) return KeyFault.RsaTooLarge;
        if (!TryReadNumbers(info, out modulus, out exponent) || modulus.IsEmpty || (modulus[^1] & 1) == 0) return KeyFault.Malformed;
        var bits = (modulus.Length * 8) - BitOperations.LeadingZeroCount(modulus[0]) + 24;
        if (bits < MinBits) return KeyFault.RsaTooSmall;
        if (bits > MaxBits) return KeyFault.RsaTooLarge;
        var isSane = exponent.Length is > 0 and <= 4 && (exponent[^1] & 1) == 1 && exponent is not [1] && (exponent.Length < 4 || exponent[0] < 0x80);
        return isSane ? KeyFault.None : KeyFault.RsaExponent;
    }

    /// <summary>Strict DER: minimal lengths and integers, nothing left over, nothing negative.</summary>
    private static bool TryReadNumbers(ReadOnlySpan<byte> info, out ReadOnlySpan<byte> modulus, out ReadOnlySpan<byte> exponent)
    {
        modulus = exponent = default;
        try
        {
            var key = TakeSequence(ref info);
            if (!info.IsEmpty || !TakeSequence(ref key).SequenceEqual(Algorithm)) return false;
            if (!AsnDecoder.TryReadPrimitiveBitString(key, AsnEncodingRules.DER, out var unused, out var content, out var read) || unused != 0 || read != key.Length) return false;
            var numbers = TakeSequence(ref content);
            return content.IsEmpty && TryTakeNatural(ref numbers, out modulus) && TryTakeNatural(ref numbers, out exponent) && numbers.IsEmpty;
        }
        catch (AsnContentException)
        {
            return false;
        }
    }

    private static ReadOnlySpan<byte> TakeSequence(scoped ref ReadOnlySpan<byte> rest)
    {
        AsnDecoder.ReadSequence(rest, AsnEncodingRules.DER, out var offset, out var length, out var read);
        var content = rest.Slice(offset, length);
        rest = rest[read..];
        return content;
    }

    /// <summary>Reads a number that is not negative, without the zero byte that keeps its sign.</summary>
    private static bool TryTakeNatural(scoped ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> number)
    {
        number = AsnDecoder.ReadIntegerBytes(rest, AsnEncodingRules.DER, out var read);
        rest = rest[read..];
        if (number[0] >= 0x80) return false;
        if (number[0] == 0) number = number[1..];
        return true;
    }
}
