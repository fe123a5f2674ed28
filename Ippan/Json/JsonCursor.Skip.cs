namespace IppanFleet.Ippan.Json;

internal ref partial struct JsonCursor
{
    /// <summary>Passes a value of any kind, checking that it is JSON. Without recursion: one bit for each level says whether it is an object.</summary>
    private bool SkipValue()
    {
        var outside = _depth;
        UInt128 objects = 0;
        while (true)
        {
            var next = Peek();
            switch (next)
            {
                case '"' when ScanString(out _, out _):
                case 't' when ReadLiteral("true"u8):
                case 'f' when ReadLiteral("false"u8):
                case 'n' when ReadLiteral("null"u8):
                case (>= '0' and <= '9') or '-' when SkipNumber():
                    break;
                case '{' or '[' when Enter():
                    objects = (objects << 1) | (next == '{' ? 1u : 0u);
                    if (Peek() == next + 2)
                    {
                        Leave();
                        objects >>= 1;
                        break;
                    }

                    if (next == '{' && !SkipKey()) return false;
                    continue;
                default:
                    return _fault is not null ? false : FailExpecting("a value");
            }

            if (!SkipToNextValue(outside, ref objects)) return _fault is null;
        }
    }

    /// <summary>Closes what ends here and moves to the next value inside; false when the outermost value has ended, or at a failure.</summary>
    private bool SkipToNextValue(int outside, ref UInt128 objects)
    {
        while (_depth > outside)
        {
            var inObject = (objects & 1) != 0;
            var next = Peek();
            if (next == ',')
            {
                _position++;
                return !inObject || SkipKey();
            }

            if (next != (inObject ? '}' : ']')) return FailExpecting(inObject ? "',' or '}'" : "',' or ']'");
            Leave();
            objects >>= 1;
        }

        return false;
    }

    private bool SkipKey() => ScanString(out _, out _) && ReadMark(':');
}
