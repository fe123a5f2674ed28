using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;

namespace IppanFleet.Ippan.Json;

internal ref partial struct JsonCursor
{
    /// <summary>Exactly 32 numbers 0..255.</summary>
    public bool ReadHash(out Hash32 value)
    {
        Span<byte> bytes = stackalloc byte[Hash32.Size];
        value = default;
        if (Peek() != '[') return FailExpecting("an array of 32 numbers 0..255");
        if (!Enter()) return false;
        for (var i = 0; i < bytes.Length; i++)
        {
            var mark = i == Hash32.Size - 1 ? ']' : ',';
            if (!TryReadCompactByte(mark, out bytes[i]) && (!ReadByte(out bytes[i]) || !ReadMark(mark))) return Within(i);
        }

        _depth--;
        value = new Hash32(bytes);
        return true;
    }

    /// <summary>Numbers 0..255, as many as there are.</summary>
    public bool ReadByteList(out ValueList<byte> value)
    {
        value = default;
        if (Peek() != '[') return FailExpecting("an array of numbers 0..255");
        if (!Enter()) return false;
        if (Peek() == ']')
        {
            Leave();
            return true;
        }

        var bytes = new BytesBuilder(stackalloc byte[256]);
        while (true)
        {
            while (TryReadCompactByte(',', out var compact)) bytes.Add(compact);
            var read = ReadByte(out var next);
            if (read)
            {
                bytes.Add(next);
                if (Peek() == ',')
                {
                    _position++;
                    continue;
                }

                read = Peek() == ']' || FailExpecting("',' or ']'");
            }

            if (read)
            {
                Leave();
                value = ValueList.Create(bytes.Written);
            }
            else
            {
                Within(bytes.Length);
            }

            bytes.Dispose();
            return read;
        }
    }

    /// <summary>Numbers 0..255, or a string whose UTF-8 bytes are the value (serde_bytes).</summary>
    public bool ReadByteListOrString(out ValueList<byte> value)
    {
        if (Peek() != '"') return ReadByteList(out value);
        value = default;
        if (!ScanString(out var raw, out _)) return false;
        var bytes = new byte[raw.Length];
        var length = Unescape(raw, bytes);
        value = ValueList.Adopt(length == bytes.Length ? bytes : bytes[..length]);
        return true;
    }

    /// <summary>The same, with exactly <paramref name="count"/> bytes.</summary>
    public bool ReadByteListOrString(int count, out ValueList<byte> value)
    {
        Peek();
        var start = _position;
        if (!ReadByteListOrString(out value)) return false;
        if (value.Count == count) return true;
        var fault = string.Create(CultureInfo.InvariantCulture, $"expected {count} bytes, found {value.Count}");
        _position = start;
        return Fail(fault);
    }

    /// <summary>
    /// A well-formed number 0..255 with <paramref name="mark"/> right behind it, both passed; else false and nothing is passed, and the careful way finds out why. Most of every message is
    /// such numbers, of one to three digits at random: taking four bytes at once has no branch for the processor to guess wrong.
    /// </summary>
    private bool TryReadCompactByte(char mark, out byte value)
    {
        value = 0;
        if (_text.Length - _position < sizeof(uint)) return false;
        var word = BinaryPrimitives.ReadUInt32LittleEndian(_text[_position..]);

        // The high bit of the first byte that is no digit gets set: a carry out of it only spoils the bytes behind.
        var digits = word ^ 0x30303030;
        var count = BitOperations.TrailingZeroCount(((digits + 0x76767676) | digits) & 0x80808080) / 8;
        if (count is 0 or > 3 || (count > 1 && (digits & 0xFF) == 0)) return false;
        digits <<= 8 * (sizeof(uint) - count);
        var number = (digits >> 24) + (10 * ((digits >> 16) & 0xFF)) + (100 * ((digits >> 8) & 0xFF));
        if (number > byte.MaxValue || (char)((word >> (8 * count)) & 0xFF) != mark) return false;
        value = (byte)number;
        _position += count + 1;
        return true;
    }

    private bool ReadByte(out byte value)
    {
        var digit = (uint)(Peek() - '0');
        value = (byte)digit;
        if (digit > 9) return FailExpecting("a number 0..255");
        var number = digit;
        for (var digits = 1; ; digits++)
        {
            _position++;
            digit = _position < _text.Length ? (uint)(_text[_position] - '0') : uint.MaxValue;
            if (digit > 9) break;
            if (number == 0 || digits == 3) return Fail(number == 0 ? "a number starts with a needless zero" : "the number is above 255");
            number = (number * 10) + digit;
        }

        value = (byte)number;
        return number <= byte.MaxValue || Fail("the number is above 255");
    }
}
