using System.Diagnostics.CodeAnalysis;
using System.Net;
using IppanFleet.Libp2p.Identity;

namespace IppanFleet.Libp2p.Multiformats;

/// <summary>One part of a multiaddr, such as <c>/tcp/4001</c>.</summary>
public readonly record struct MultiaddrPart(MultiaddrProtocol Protocol, ReadOnlyMemory<byte> Value)
{
    /// <summary>The value as text; empty for a protocol without one.</summary>
    public string Text => Protocol.TryPrintValue(Value.Span, out var text) ? text : "";
}

/// <summary>A self-describing network address, such as <c>/ip4/127.0.0.1/tcp/4001/p2p/12D3…</c> (https://github.com/multiformats/multiaddr). Immutable; equal when the bytes are equal.</summary>
public sealed class Multiaddr : IEquatable<Multiaddr>
{
    /// <summary>The longest address that is read, in bytes.</summary>
    public const int MaxSize = 1024;

    private const int MaxParts = 32;

    private readonly byte[] _bytes;
    private readonly MultiaddrPart[] _parts;
    private string? _text;

    private Multiaddr(byte[] bytes, MultiaddrPart[] parts) => (_bytes, _parts) = (bytes, parts);

    /// <summary>The binary form.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>The parts, outermost first.</summary>
    public IReadOnlyList<MultiaddrPart> Parts => _parts;

    /// <summary>The last <c>/p2p/…</c> part's peer, or null.</summary>
    public PeerId? PeerId
    {
        get
        {
            for (var i = _parts.Length - 1; i >= 0; i--)
            {
                if (_parts[i].Protocol.Name == "p2p" && PeerId.TryFromBytes(_parts[i].Value.Span, out var id)) return id;
            }
            return null;
        }
    }

    /// <summary>Reads the text form; the reason of a refusal says which part is wrong.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out Multiaddr? address, out string error)
    {
        address = null;
        if (string.IsNullOrEmpty(text) || text[0] != '/')
        {
            error = $"'{SafeText.Shorten(text)}' is no multiaddr: it starts with '/', as in /ip4/127.0.0.1/tcp/4001";
            return false;
        }
        var words = text.TrimEnd('/').Split('/');
        var bytes = new List<byte>(64);
        Span<byte> prefix = stackalloc byte[Varint.MaxSize];
        for (var i = 1; i < words.Length; i++)
        {
            if (!MultiaddrProtocol.TryFind(words[i], out var protocol))
            {
                error = $"'{SafeText.Shorten(words[i])}' in '{SafeText.Shorten(text)}' is no multiaddr protocol known here";
                return false;
            }
            bytes.AddRange(prefix[..Varint.Write(prefix, (ulong)protocol.Code)]);
            if (!protocol.HasValue) continue;
            var word = ++i == words.Length ? null : protocol.IsPath ? "/" + string.Join('/', words[i..]) : words[i];
            if (protocol.IsPath) i = words.Length;
            if (word is null || !protocol.TryParseValue(word, out var value))
            {
                error = word is null
                    ? $"'/{protocol.Name}' in '{SafeText.Shorten(text)}' wants a value behind it"
                    : $"'{SafeText.Shorten(word)}' is no value for '/{protocol.Name}' in '{SafeText.Shorten(text)}'";
                return false;
            }
            if (protocol.Size < 0) bytes.AddRange(prefix[..Varint.Write(prefix, (ulong)value.Length)]);
            bytes.AddRange(value);
        }
        if (TryFromBytes([.. bytes], out address))
        {
            error = "";
            return true;
        }
        error = $"'{SafeText.Shorten(text)}' is no multiaddr: empty or longer than {MaxSize} bytes";
        return false;
    }

    /// <summary>Reads the text form.</summary>
    /// <exception cref="FormatException">It is none; the message says which part is wrong.</exception>
    public static Multiaddr Parse(string text) => TryParse(text, out var address, out var error) ? address : throw new FormatException(error);

    /// <summary>Reads the binary form: known protocols, whole values, no more than <see cref="MaxSize"/> bytes.</summary>
    public static bool TryFromBytes(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out Multiaddr? address)
    {
        address = null;
        if (bytes.IsEmpty || bytes.Length > MaxSize) return false;
        var owned = bytes.ToArray();
        var parts = new List<MultiaddrPart>(4);
        for (var at = 0; at < owned.Length;)
        {
            if (parts.Count == MaxParts || Varint.TryRead(owned.AsSpan(at), out var code, out var used) != VarintFault.None || !MultiaddrProtocol.TryFind(code, out var protocol)) return false;
            at += used;
            var size = protocol.Size;
            if (size < 0)
            {
                if (Varint.TryRead(owned.AsSpan(at), out var length, out used) != VarintFault.None || length > MultiaddrProtocol.MaxValueSize) return false;
                at += used;
                size = (int)length;
            }
            if (size > owned.Length - at) return false;
            var value = owned.AsMemory(at, size);
            at += size;
            if (protocol.HasValue && !protocol.TryPrintValue(value.Span, out _)) return false;
            parts.Add(new MultiaddrPart(protocol, value));
        }
        address = new Multiaddr(owned, [.. parts]);
        return true;
    }

    /// <summary>The address of a TCP end point.</summary>
    public static Multiaddr FromEndPoint(IPEndPoint endPoint)
    {
        var address = endPoint.Address.IsIPv4MappedToIPv6 ? endPoint.Address.MapToIPv4() : endPoint.Address;
        var family = address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork ? "ip4" : "ip6";
        var plain = family == "ip6" ? new IPAddress(address.GetAddressBytes()) : address;
        return Parse($"/{family}/{plain}/tcp/{endPoint.Port}");
    }

    /// <summary>The IP address and TCP port where the address begins with <c>/ip4|ip6/…/tcp/…</c>.</summary>
    public bool TryGetTcpEndPoint([NotNullWhen(true)] out IPEndPoint? endPoint)
    {
        endPoint = null;
        if (_parts.Length < 2 || _parts[0].Protocol.Name is not ("ip4" or "ip6") || _parts[1].Protocol.Name != "tcp") return false;
        endPoint = new IPEndPoint(new IPAddress(_parts[0].Value.Span), System.Buffers.Binary.BinaryPrimitives.ReadUInt16BigEndian(_parts[1].Value.Span));
        return true;
    }

    /// <summary>This address with <c>/p2p/ID</c> at its end, unless it ends so already.</summary>
    public Multiaddr WithPeer(PeerId id)
    {
        if (PeerId == id) return this;
        var suffix = Parse($"/p2p/{id}");
        return new Multiaddr([.. _bytes, .. suffix._bytes], [.. _parts, .. suffix._parts]);
    }

    /// <summary>This address without a <c>/p2p/…</c> at its end.</summary>
    public Multiaddr WithoutPeer()
    {
        if (_parts.Length < 2 || _parts[^1].Protocol.Name != "p2p") return this;
        // Code and length take two bytes and one: a peer id has at most 44.
        return new Multiaddr(_bytes[..^(3 + _parts[^1].Value.Length)], _parts[..^1]);
    }

    /// <inheritdoc/>
    public bool Equals(Multiaddr? other) => other is not null && _bytes.AsSpan().SequenceEqual(other._bytes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Multiaddr);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(_bytes);
        return hash.ToHashCode();
    }

    /// <summary>The text form.</summary>
    public override string ToString() => _text ??= string.Concat(_parts.Select(p => !p.Protocol.HasValue ? $"/{p.Protocol.Name}" : p.Protocol.IsPath ? $"/{p.Protocol.Name}{p.Text}" : $"/{p.Protocol.Name}/{p.Text}"));
}
