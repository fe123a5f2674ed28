namespace IppanFleet.Ippan.Json;

internal ref partial struct JsonCursor
{
    public bool ReadUInt32(out uint value)
    {
        var start = _position;
        var read = ReadUInt64(out var wide);
        value = unchecked((uint)wide);
        if (!read || wide <= uint.MaxValue) return read;
        _position = start;
        return Fail("the number is above 2^32-1");
    }

    public bool ReadUInt64(out ulong value)
    {
        value = 0;
        if (!ReadFirstDigit(out var digit)) return false;
        value = digit;
        while (NextDigit(out digit))
        {
            if (value > (ulong.MaxValue - digit) / 10) return Fail("the number is above 2^64-1");
            value = (value * 10) + digit;
        }

        return ReadNumberEnd();
    }

    public bool ReadInt64(out long value)
    {
        value = 0;
        var negative = Peek() == '-';
        if (negative) _position++;
        var start = _position;
        if (negative && start < _text.Length && _text[start] is < (byte)'0' or > (byte)'9') return FailExpecting("a digit");
        if (!ReadUInt64(out var magnitude)) return false;
        if (negative && magnitude == 0) return Fail("-0 is no whole number");
        if (magnitude > (negative ? 1ul << 63 : long.MaxValue)) return Fail("the number does not fit 64 bits with a sign");
        value = unchecked(negative ? -(long)magnitude : (long)magnitude);
        return true;
    }

    public bool ReadUInt128(out UInt128 value)
    {
        value = 0;
        if (!ReadFirstDigit(out var digit)) return false;

        // Up to nineteen digits fit a ulong: only what is longer pays for wide arithmetic.
        ulong low = digit;
        var digits = 1;
        while (digits < 19 && NextDigit(out digit))
        {
            low = (low * 10) + digit;
            digits++;
        }

        value = low;
        while (digits >= 19 && NextDigit(out digit))
        {
            if (value > (UInt128.MaxValue - digit) / 10) return Fail("the number is above 2^128-1");
            value = (value * 10) + digit;
        }

        return ReadNumberEnd();
    }

    /// <summary>The first digit of a whole number: a zero stands alone.</summary>
    private bool ReadFirstDigit(out uint digit)
    {
        digit = (uint)(Peek() - '0');
        if (digit > 9) return FailExpecting("a whole number");
        _position++;
        return digit != 0 || _position >= _text.Length || _text[_position] is < (byte)'0' or > (byte)'9' || Fail("a number starts with a needless zero");
    }

    private bool NextDigit(out uint digit)
    {
        digit = _position < _text.Length ? (uint)(_text[_position] - '0') : uint.MaxValue;
        if (digit > 9) return false;
        _position++;
        return true;
    }

    private bool ReadNumberEnd() => _position >= _text.Length || _text[_position] is not ((byte)'.' or (byte)'e' or (byte)'E') || FailExpecting("a whole number without fraction or exponent");

    /// <summary>Passes any JSON number.</summary>
    private bool SkipNumber()
    {
        if (_text[_position] == '-') _position++;
        if (_position >= _text.Length || _text[_position] is < (byte)'0' or > (byte)'9') return FailExpecting("a digit");
        if (!ReadFirstDigit(out _)) return false;
        SkipDigits();
        if (_position < _text.Length && _text[_position] == '.')
        {
            _position++;
            if (!SkipDigits()) return FailExpecting("a digit");
        }

        if (_position < _text.Length && _text[_position] is (byte)'e' or (byte)'E')
        {
            _position++;
            if (_position < _text.Length && _text[_position] is (byte)'+' or (byte)'-') _position++;
            if (!SkipDigits()) return FailExpecting("a digit");
        }

        return true;
    }

    private bool SkipDigits()
    {
        var start = _position;
        while (NextDigit(out _))
        {
        }

        return _position > start;
    }
}
