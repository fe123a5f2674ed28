using System.Buffers.Binary;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace IppanFleet.Libp2p.Multiformats;

/// <summary>How the less common values of multiaddrs are written: hashes, paths, and the names of overlay networks (https://github.com/multiformats/multiaddr/tree/master/protocols).</summary>
internal static class MultiaddrValues
{
    private const int GarlicSmallest = 386;

    /// <summary>Whether a text may stand in an address: addresses go to logs as they are, so nothing in them may steer a terminal or forge a line.</summary>
    internal static bool IsPrintable(string text)
    {
        foreach (var c in text)
        {
            if (c is >= ' ' and < '\x7f') continue;
            if (char.IsControl(c) || CharUnicodeInfo.GetUnicodeCategory(c) is UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator) return false;
        }
        return true;
    }

    internal static bool TryParsePath(string text, [NotNullWhen(true)] out byte[]? value)
    {
        value = text.Length is > 1 and <= MultiaddrProtocol.MaxValueSize && text[0] == '/' && IsPrintable(text) ? Encoding.UTF8.GetBytes(text) : null;
        return value is { Length: <= MultiaddrProtocol.MaxValueSize };
    }

    internal static bool TryPrintPath(ReadOnlySpan<byte> value, [NotNullWhen(true)] out string? text)
    {
        text = value.Length > 1 && value[0] == '/' && value[^1] != '/' && System.Text.Unicode.Utf8.IsValid(value) ? Encoding.UTF8.GetString(value) : null;
        if (text is not null && !IsPrintable(text)) text = null;
        return text is not null;
    }

    /// <summary>A percent-encoded text of any bytes.</summary>
    internal static bool TryParseEscaped(string text, [NotNullWhen(true)] out byte[]? value)
    {
        value = null;
        if (text.Length is 0 or > 3 * MultiaddrProtocol.MaxValueSize) return false;
        var plain = Encoding.UTF8.GetBytes(text);
        var written = 0;
        for (var i = 0; i < plain.Length; i++)
        {
            var b = plain[i];
            if (b == '%')
            {
                if (i + 2 >= plain.Length || !char.IsAsciiHexDigit((char)plain[i + 1]) || !char.IsAsciiHexDigit((char)plain[i + 2])) return false;
                b = Convert.FromHexString(Encoding.ASCII.GetString(plain, i + 1, 2))[0];
                i += 2;
            }
            plain[written++] = b;
        }
        value = plain[..written];
        return written <= MultiaddrProtocol.MaxValueSize;
    }

    internal static bool TryPrintEscaped(ReadOnlySpan<byte> value, [NotNullWhen(true)] out string? text)
    {
        var escaped = new StringBuilder(value.Length + 16);
        foreach (var b in value)
        {
            if (char.IsAsciiLetterOrDigit((char)b) || b is (byte)'-' or (byte)'_' or (byte)'.' or (byte)'~') escaped.Append((char)b);
            else escaped.Append('%').Append(b.ToString("X2", CultureInfo.InvariantCulture));
        }
        text = value.IsEmpty ? null : escaped.ToString();
        return text is not null;
    }

    /// <summary>A multihash in multibase.</summary>
    internal static bool TryParseHash(string text, [NotNullWhen(true)] out byte[]? value)
    {
        value = null;
        if (text.Length is < 2 or > 2 * MultiaddrProtocol.MaxValueSize) return false;
        byte[] bytes;
        if (text[0] == 'u')
        {
            bytes = new byte[Base64Url.GetMaxDecodedLength(text.Length)];
            if (text.AsSpan(1).ContainsAny(" \t\r\n=%") || !Base64Url.IsValid(text.AsSpan(1)) || !Base64Url.TryDecodeFromChars(text.AsSpan(1), bytes, out var written)) return false;
            bytes = bytes[..written];
        }
        else if (!Multibase.TryDecode(text, out bytes))
        {
            return false;
        }
        if (IsMultihash(bytes)) value = bytes;
        return value is not null;
    }

    internal static bool TryPrintHash(ReadOnlySpan<byte> value, [NotNullWhen(true)] out string? text)
    {
        text = IsMultihash(value) ? "u" + Base64Url.EncodeToString(value) : null;
        return text is not null;
    }

    internal static bool TryParseOnion(string text, [NotNullWhen(true)] out byte[]? value) => TryParseOnion(text, nameLength: 16, out value);

    internal static bool TryParseOnion3(string text, [NotNullWhen(true)] out byte[]? value) => TryParseOnion(text, nameLength: 56, out value);

    internal static bool TryPrintOnion(ReadOnlySpan<byte> value, [NotNullWhen(true)] out string? text)
    {
        var port = BinaryPrimitives.ReadUInt16BigEndian(value[^2..]);
        text = port == 0 ? null : string.Create(CultureInfo.InvariantCulture, $"{Multibase.EncodeBase32(value[..^2])}:{port}");
        return text is not null;
    }

    internal static bool TryParseGarlic32(string text, [NotNullWhen(true)] out byte[]? value)
    {
        // Others write such names with stray bits at the end: they are dropped here.
        value = text.Length <= MultiaddrProtocol.MaxValueSize && Multibase.TryDecodeBase32(text, strict: false, out var bytes) && IsGarlic32(bytes.Length) ? bytes : null;
        return value is not null;
    }

    internal static bool TryPrintGarlic32(ReadOnlySpan<byte> value, [NotNullWhen(true)] out string? text)
    {
        text = IsGarlic32(value.Length) ? Multibase.EncodeBase32(value) : null;
        return text is not null;
    }

    internal static bool TryParseGarlic64(string text, [NotNullWhen(true)] out byte[]? value)
    {
        value = null;
        if (text.Length > 2 * MultiaddrProtocol.MaxValueSize || text.AsSpan().ContainsAny(" \t\r\n+/")) return false;
        var bytes = new byte[text.Length];
        if (!Convert.TryFromBase64String(text.Replace('-', '+').Replace('~', '/'), bytes, out var written) || written is < GarlicSmallest or > MultiaddrProtocol.MaxValueSize) return false;
        value = bytes[..written];
        return true;
    }

    internal static bool TryPrintGarlic64(ReadOnlySpan<byte> value, [NotNullWhen(true)] out string? text)
    {
        text = value.Length < GarlicSmallest ? null : Convert.ToBase64String(value).Replace('+', '-').Replace('/', '~');
        return text is not null;
    }

    private static bool IsGarlic32(int size) => size is 32 or >= 35;

    private static bool IsMultihash(ReadOnlySpan<byte> bytes) =>
        Varint.TryRead(bytes, out _, out var code) == VarintFault.None
        && Varint.TryRead(bytes[code..], out var length, out var prefix) == VarintFault.None
        && length == (ulong)(bytes.Length - code - prefix);

    private static bool TryParseOnion(string text, int nameLength, [NotNullWhen(true)] out byte[]? value)
    {
        value = null;
        if (text.Length < nameLength + 2 || text[nameLength] != ':') return false;
        if (!ushort.TryParse(text.AsSpan(nameLength + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port == 0) return false;
        if (!Multibase.TryDecodeBase32(text.AsSpan(0, nameLength), strict: true, out var name)) return false;
        value = [.. name, (byte)(port >> 8), (byte)port];
        return true;
    }
}
