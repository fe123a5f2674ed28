using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace IppanFleet.Ippan.Json;

internal ref partial struct JsonCursor
{
    private static readonly SearchValues<byte> StringStops = SearchValues.Create(
        [.. Enumerable.Range(0, 0x20).Select(static control => (byte)control), (byte)'"', (byte)'\\']);

    public bool ReadString([NotNullWhen(true)] out string? value)
    {
        value = null;
        if (!ScanString(out var raw, out var escaped)) return false;
        if (!escaped)
        {
            value = Encoding.UTF8.GetString(raw);
            return true;
        }

        var rented = ArrayPool<byte>.Shared.Rent(raw.Length);
        value = Encoding.UTF8.GetString(rented, 0, Unescape(raw, rented));
        ArrayPool<byte>.Shared.Return(rented);
        return true;
    }

    /// <summary>The bytes between the quotation marks, checked but still escaped.</summary>
    private bool ScanString(out ReadOnlySpan<byte> raw, out bool escaped)
    {
        raw = default;
        escaped = false;
        if (Peek() != '"') return FailExpecting("a string");
        var start = ++_position;
        while (true)
        {
            var stop = _text[_position..].IndexOfAny(StringStops);
            if (stop < 0)
            {
                _position = _text.Length;
                return FailExpecting("'\"'");
            }

            _position += stop;
            switch (_text[_position])
            {
                case (byte)'"':
                    raw = _text[start.._position];
                    _position++;
                    return true;
                case (byte)'\\':
                    escaped = true;
                    if (!ScanEscape()) return false;
                    break;
                default:
                    return Fail("a control character stands in a string without an escape");
            }
        }
    }

    private bool ScanEscape()
    {
        _position++;
        switch (_position < _text.Length ? _text[_position] : -1)
        {
            case '"' or '\\' or '/' or 'b' or 'f' or 'n' or 'r' or 't':
                _position++;
                return true;
            case 'u':
                _position++;
                return ScanUnicodeEscape();
            default:
                return FailExpecting("one of \"\\/bfnrtu after a backslash");
        }
    }

    private bool ScanUnicodeEscape()
    {
        if (!ScanFourHex(out var unit)) return false;
        if (!char.IsSurrogate(unit)) return true;
        if (char.IsHighSurrogate(unit) && _text[_position..].StartsWith("\\u"u8))
        {
            _position += 2;
            if (!ScanFourHex(out var low)) return false;
            if (char.IsLowSurrogate(low)) return true;
        }

        return Fail("half a surrogate pair stands alone");
    }

    private bool ScanFourHex(out char unit)
    {
        unit = default;
        for (var i = 0; i < 4; i++)
        {
            if (_position >= _text.Length || !char.IsAsciiHexDigit((char)_text[_position])) return FailExpecting("a hex digit");
            _position++;
        }

        unit = HexUnit(_text.Slice(_position - 4, 4));
        return true;
    }

    private static char HexUnit(ReadOnlySpan<byte> digits)
    {
        Utf8Parser.TryParse(digits, out ushort unit, out _, 'x');
        return (char)unit;
    }

    /// <summary>Writes what a checked string means and says how many bytes that is: never more than the string has.</summary>
    private static int Unescape(ReadOnlySpan<byte> raw, Span<byte> destination)
    {
        var written = 0;
        while (!raw.IsEmpty)
        {
            var plain = raw.IndexOf((byte)'\\');
            if (plain < 0) plain = raw.Length;
            raw[..plain].CopyTo(destination[written..]);
            written += plain;
            raw = raw[plain..];
            if (raw.IsEmpty) break;

            if (raw[1] != 'u')
            {
                destination[written++] = raw[1] switch
                {
                    (byte)'b' => (byte)'\b',
                    (byte)'f' => (byte)'\f',
                    (byte)'n' => (byte)'\n',
                    (byte)'r' => (byte)'\r',
                    (byte)'t' => (byte)'\t',
                    var itself => itself,
                };
                raw = raw[2..];
                continue;
            }

            var unit = HexUnit(raw.Slice(2, 4));
            var paired = char.IsHighSurrogate(unit);
            var rune = paired ? new Rune(unit, HexUnit(raw.Slice(8, 4))) : new Rune(unit);
            written += rune.EncodeToUtf8(destination[written..]);
            raw = raw[(paired ? 12 : 6)..];
        }

        return written;
    }
}
