using System.Numerics;
using Base58 = SimpleBase.Base58;

namespace IppanFleet.Libp2p.Multiformats;

/// <summary>The multibase forms that peer ids come in: base32 (<c>b</c>), base36 (<c>k</c>), base58btc (<c>z</c>) (https://github.com/multiformats/multibase).</summary>
internal static class Multibase
{
    private static readonly System.Buffers.SearchValues<char> Base58Digits = System.Buffers.SearchValues.Create("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz");

    private const string Base36Digits = "0123456789abcdefghijklmnopqrstuvwxyz";
    private const string Base32Digits = "abcdefghijklmnopqrstuvwxyz234567";

    /// <summary>Decodes <paramref name="text"/> by its first character; false for other bases, foreign characters and non-canonical endings.</summary>
    internal static bool TryDecode(string text, out byte[] bytes)
    {
        bytes = [];
        return text.Length > 1 && text[0] switch
        {
            'b' => TryDecodeBase32(text.AsSpan(1), strict: true, out bytes),
            'k' => TryDecodeBase36(text.AsSpan(1), out bytes),
            'z' => TryDecodeBase58(text.AsSpan(1), out bytes),
            _ => false,
        };
    }

    /// <summary>Base32 without padding, in lower case; <paramref name="strict"/> refuses bits left over at the end.</summary>
    internal static bool TryDecodeBase32(ReadOnlySpan<char> text, bool strict, out byte[] bytes)
    {
        bytes = new byte[text.Length * 5 / 8];
        int bits = 0, buffer = 0, written = 0;
        foreach (var c in text)
        {
            var digit = Base32Digits.IndexOf(c, StringComparison.Ordinal);
            if (digit < 0) return false;
            buffer = ((buffer << 5) | digit) & 0xfff;
            bits += 5;
            if (bits < 8) continue;
            bits -= 8;
            bytes[written++] = (byte)(buffer >> bits);
        }
        return !strict || (bits < 5 && (buffer & ((1 << bits) - 1)) == 0);
    }

    internal static string EncodeBase32(ReadOnlySpan<byte> bytes)
    {
        var text = new System.Text.StringBuilder(((bytes.Length * 8) + 4) / 5);
        int bits = 0, buffer = 0;
        foreach (var b in bytes)
        {
            buffer = ((buffer << 8) | b) & 0xfff;
            for (bits += 8; bits >= 5; bits -= 5) text.Append(Base32Digits[(buffer >> (bits - 5)) & 31]);
        }
        if (bits > 0) text.Append(Base32Digits[(buffer << (5 - bits)) & 31]);
        return text.ToString();
    }

    private static bool TryDecodeBase36(ReadOnlySpan<char> text, out byte[] bytes)
    {
        bytes = [];
        BigInteger value = 0;
        foreach (var c in text)
        {
            var digit = Base36Digits.IndexOf(c, StringComparison.Ordinal);
            if (digit < 0) return false;
            value = (value * 36) + digit;
        }
        var zeros = text.IndexOfAnyExcept('0');
        if (zeros < 0) zeros = text.Length;
        bytes = [.. new byte[zeros], .. value.IsZero ? [] : value.ToByteArray(isUnsigned: true, isBigEndian: true)];
        return true;
    }

    internal static bool TryDecodeBase58(ReadOnlySpan<char> text, out byte[] bytes)
    {
        bytes = [];
        // The decoder indexes a table with each character and throws on what lies outside.
        if (text.ContainsAnyExcept(Base58Digits)) return false;
        bytes = new byte[text.Length];
        if (!Base58.Bitcoin.TryDecode(text, bytes, out var written)) return false;
        bytes = bytes[..written];
        return true;
    }
}
