using System.Buffers.Binary;
using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using IppanFleet.Libp2p.Identity;

namespace IppanFleet.Libp2p.Multiformats;

/// <summary>One protocol of the multiaddr table: its code, its name and how its value is written (https://github.com/multiformats/multiaddr/blob/master/protocols.csv).</summary>
public sealed class MultiaddrProtocol
{
    /// <summary>The longest value of a protocol whose length varies.</summary>
    internal const int MaxValueSize = 512;

    private const int Variable = -1;

    private delegate bool ValueParser(string text, [NotNullWhen(true)] out byte[]? value);

    private delegate bool ValuePrinter(ReadOnlySpan<byte> value, [NotNullWhen(true)] out string? text);

    private static readonly MultiaddrProtocol[] Table =
    [
        new(4, "ip4", 4, TryParseIp4, TryPrintIp),
        new(6, "tcp", 2, TryParsePort, TryPrintPort),
        new(273, "udp", 2, TryParsePort, TryPrintPort),
        new(41, "ip6", 16, TryParseIp6, TryPrintIp),
        new(42, "ip6zone", Variable, TryParseText, TryPrintText),
        new(53, "dns", Variable, TryParseText, TryPrintText),
        new(54, "dns4", Variable, TryParseText, TryPrintText),
        new(55, "dns6", Variable, TryParseText, TryPrintText),
        new(56, "dnsaddr", Variable, TryParseText, TryPrintText),
        new(421, "p2p", Variable, TryParsePeer, TryPrintPeer),
        new(777, "memory", Variable, TryParseText, TryPrintText),
        new(33, "dccp", 2, TryParsePort, TryPrintPort),
        new(132, "sctp", 2, TryParsePort, TryPrintPort),
        new(43, "ipcidr", 1, TryParseByte, TryPrintByte),
        new(449, "sni", Variable, TryParseText, TryPrintText),
        new(466, "certhash", Variable, MultiaddrValues.TryParseHash, MultiaddrValues.TryPrintHash),
        new(400, "unix", Variable, MultiaddrValues.TryParsePath, MultiaddrValues.TryPrintPath) { IsPath = true },
        new(481, "http-path", Variable, MultiaddrValues.TryParseEscaped, MultiaddrValues.TryPrintEscaped),
        new(444, "onion", 12, MultiaddrValues.TryParseOnion, MultiaddrValues.TryPrintOnion),
        new(445, "onion3", 37, MultiaddrValues.TryParseOnion3, MultiaddrValues.TryPrintOnion),
        new(446, "garlic64", Variable, MultiaddrValues.TryParseGarlic64, MultiaddrValues.TryPrintGarlic64),
        new(447, "garlic32", Variable, MultiaddrValues.TryParseGarlic32, MultiaddrValues.TryPrintGarlic32),
        new(448, "tls", 0), new(454, "noise", 0), new(460, "quic", 0), new(461, "quic-v1", 0), new(477, "ws", 0), new(478, "wss", 0),
        new(480, "http", 0), new(443, "https", 0), new(290, "p2p-circuit", 0), new(465, "webtransport", 0), new(280, "webrtc-direct", 0), new(281, "webrtc", 0),
        new(301, "udt", 0), new(302, "utp", 0),
        new(275, "p2p-webrtc-star", 0), new(276, "p2p-webrtc-direct", 0), new(277, "p2p-stardust", 0), new(479, "p2p-websocket-star", 0),
    ];

    private static readonly FrozenDictionary<ulong, MultiaddrProtocol> ByCode = Table.ToFrozenDictionary(p => (ulong)p.Code);
    private static readonly FrozenDictionary<string, MultiaddrProtocol> ByName = Table.ToFrozenDictionary(p => p.Name, StringComparer.Ordinal);

    private readonly ValueParser? _parse;
    private readonly ValuePrinter? _print;

    private MultiaddrProtocol(int code, string name, int size, ValueParser? parse = null, ValuePrinter? print = null) =>
        (Code, Name, Size, _parse, _print) = (code, name, size, parse, print);

    /// <summary>The multicodec code.</summary>
    public int Code { get; }

    /// <summary>The name in the text form.</summary>
    public string Name { get; }

    /// <summary>Bytes of its value; −1 where a varint tells.</summary>
    internal int Size { get; }

    internal bool HasValue => _parse is not null;

    /// <summary>Whether its value in the text form is all that follows, slashes included.</summary>
    internal bool IsPath { get; private init; }

    internal static bool TryFind(ulong code, [NotNullWhen(true)] out MultiaddrProtocol? protocol) => ByCode.TryGetValue(code, out protocol);

    internal static bool TryFind(string name, [NotNullWhen(true)] out MultiaddrProtocol? protocol) => ByName.TryGetValue(name == "ipfs" ? "p2p" : name, out protocol);

    internal bool TryParseValue(string text, [NotNullWhen(true)] out byte[]? value)
    {
        value = null;
        return _parse is not null && _parse(text, out value);
    }

    internal bool TryPrintValue(ReadOnlySpan<byte> value, [NotNullWhen(true)] out string? text)
    {
        text = null;
        return _print is not null && _print(value, out text);
    }

    private static bool TryParseIp4(string text, [NotNullWhen(true)] out byte[]? value)
    {
        // IPAddress also reads "1" and "0x7f.1"; an address here is four plain decimals.
        value = text.Count(c => c == '.') == 3 && text.All(c => char.IsAsciiDigit(c) || c == '.') && IPAddress.TryParse(text, out var address) && address.ToString() == text
            ? address.GetAddressBytes() : null;
        return value is not null;
    }

    private static bool TryParseIp6(string text, [NotNullWhen(true)] out byte[]? value)
    {
        value = text.Contains(':') && !text.AsSpan().ContainsAny("%[]/") && IPAddress.TryParse(text, out var address) && address.AddressFamily == AddressFamily.InterNetworkV6
            ? address.GetAddressBytes() : null;
        return value is not null;
    }

    private static bool TryPrintIp(ReadOnlySpan<byte> value, [NotNullWhen(true)] out string? text)
    {
        text = new IPAddress(value).ToString();
        return true;
    }

    private static bool TryParsePort(string text, [NotNullWhen(true)] out byte[]? value)
    {
        value = null;
        if (!ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port)) return false;
        BinaryPrimitives.WriteUInt16BigEndian(value = new byte[2], port);
        return true;
    }

    private static bool TryPrintPort(ReadOnlySpan<byte> value, [NotNullWhen(true)] out string? text)
    {
        text = BinaryPrimitives.ReadUInt16BigEndian(value).ToString(CultureInfo.InvariantCulture);
        return true;
    }

    private static bool TryParseByte(string text, [NotNullWhen(true)] out byte[]? value)
    {
        value = byte.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? [number] : null;
        return value is not null;
    }

    private static bool TryPrintByte(ReadOnlySpan<byte> value, [NotNullWhen(true)] out string? text)
    {
        text = value[0].ToString(CultureInfo.InvariantCulture);
        return true;
    }

    private static bool TryParseText(string text, [NotNullWhen(true)] out byte[]? value)
    {
        value = text.Length is > 0 and <= MaxValueSize && MultiaddrValues.IsPrintable(text) ? Encoding.UTF8.GetBytes(text) : null;
        return value is { Length: <= MaxValueSize };
    }

    private static bool TryPrintText(ReadOnlySpan<byte> value, [NotNullWhen(true)] out string? text)
    {
        text = !value.IsEmpty && value.IndexOf((byte)'/') < 0 && System.Text.Unicode.Utf8.IsValid(value) ? Encoding.UTF8.GetString(value) : null;
        if (text is not null && !MultiaddrValues.IsPrintable(text)) text = null;
        return text is not null;
    }

    private static bool TryParsePeer(string text, [NotNullWhen(true)] out byte[]? value)
    {
        value = PeerId.TryParse(text, out var id) ? id.Bytes.ToArray() : null;
        return value is not null;
    }

    private static bool TryPrintPeer(ReadOnlySpan<byte> value, [NotNullWhen(true)] out string? text)
    {
        text = PeerId.TryFromBytes(value, out var id) ? id.ToString() : null;
        return text is not null;
    }
}
