using System.Text;

namespace IppanFleet.Libp2p.Protobuf;

/// <summary>The kinds of field on the protobuf wire that libp2p's messages use.</summary>
public enum WireType
{
    /// <summary>A varint: integers, booleans, enums.</summary>
    Varint = 0,

    /// <summary>Eight bytes.</summary>
    Fixed64 = 1,

    /// <summary>Length-delimited: bytes, text, nested messages.</summary>
    Bytes = 2,

    /// <summary>Four bytes.</summary>
    Fixed32 = 5,
}

/// <summary>Reads protobuf fields from a span, in place: nothing is allocated, so a message costs what its reader keeps of it (https://protobuf.dev/programming-guides/encoding/).</summary>
/// <remarks>
/// <code>
/// var reader = new ProtoReader(message);
/// while (reader.TryReadField(out var field, out var type)) { … reader.TryReadBytes(out var bytes) … or reader.TrySkip(type) … }
/// if (reader.Failed) …
/// </code>
/// A malformed input makes every later read answer false and sets <see cref="Failed"/>; nothing throws.
/// </remarks>
public ref struct ProtoReader(ReadOnlySpan<byte> message)
{
    private ReadOnlySpan<byte> _rest = message;

    /// <summary>Whether the input broke the encoding.</summary>
    public bool Failed { get; private set; }

    /// <summary>Bytes not yet read.</summary>
    public readonly int Remaining => _rest.Length;

    /// <summary>Reads the next field's number and type; false at the end or when the input is malformed.</summary>
    public bool TryReadField(out int field, out WireType type)
    {
        field = 0;
        type = default;
        if (Failed || _rest.IsEmpty) return false;
        if (!TryReadVarint(out var tag)) return false;
        type = (WireType)(tag & 7);
        if (tag >> 3 is 0 or > 0x1fffffff || type is not (WireType.Varint or WireType.Fixed64 or WireType.Bytes or WireType.Fixed32)) return Fail();
        field = (int)(tag >> 3);
        return true;
    }

    /// <summary>Reads a varint of up to 64 bits.</summary>
    public bool TryReadVarint(out ulong value)
    {
        value = 0;
        for (var i = 0; i < _rest.Length && i < 10; i++)
        {
            var b = _rest[i];
            if (i == 9 && b > 1) break;
            value |= (ulong)(b & 0x7f) << (7 * i);
            if (b >= 0x80) continue;
            _rest = _rest[(i + 1)..];
            return true;
        }
        return Fail();
    }

    /// <summary>Reads a length-delimited field's content, a slice of the input.</summary>
    public bool TryReadBytes(out ReadOnlySpan<byte> value)
    {
        value = default;
        if (!TryReadVarint(out var length)) return false;
        if (length > (ulong)_rest.Length) return Fail();
        value = _rest[..(int)length];
        _rest = _rest[(int)length..];
        return true;
    }

    /// <summary>Reads UTF-8 text of at most <paramref name="maxBytes"/> bytes; longer or malformed text fails.</summary>
    public bool TryReadText(int maxBytes, out string value)
    {
        value = "";
        if (!TryReadBytes(out var bytes)) return false;
        if (bytes.Length > maxBytes || !System.Text.Unicode.Utf8.IsValid(bytes)) return Fail();
        value = Encoding.UTF8.GetString(bytes);
        return true;
    }

    /// <summary>Passes over a field of <paramref name="type"/> (unknown fields are ignored).</summary>
    public bool TrySkip(WireType type)
    {
        switch (type)
        {
            case WireType.Varint: return TryReadVarint(out _);
            case WireType.Bytes: return TryReadBytes(out _);
            default:
                var size = type == WireType.Fixed64 ? 8 : 4;
                if (_rest.Length < size) return Fail();
                _rest = _rest[size..];
                return true;
        }
    }

    private bool Fail()
    {
        Failed = true;
        _rest = default;
        return false;
    }
}
