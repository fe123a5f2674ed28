namespace IppanFleet.Libp2p.Multiformats;

/// <summary>Why an unsigned varint was refused.</summary>
public enum VarintFault
{
    /// <summary>It was read.</summary>
    None,

    /// <summary>The input ends inside it.</summary>
    Truncated,

    /// <summary>It is longer than nine bytes, or does not fit 63 bits.</summary>
    Overflow,

    /// <summary>A shorter encoding of the same value exists.</summary>
    NotMinimal,
}

/// <summary>Unsigned varints of the multiformats: at most nine bytes (63 bits), shortest form only (https://github.com/multiformats/unsigned-varint).</summary>
public static class Varint
{
    /// <summary>The longest encoding, in bytes.</summary>
    public const int MaxSize = 9;

    /// <summary>Bytes that <paramref name="value"/> takes.</summary>
    public static int SizeOf(ulong value)
    {
        var size = 1;
        while ((value >>= 7) != 0) size++;
        return size;
    }

    /// <summary>Writes <paramref name="value"/> and answers the bytes it took.</summary>
    public static int Write(Span<byte> destination, ulong value)
    {
        var i = 0;
        for (; value >= 0x80; value >>= 7) destination[i++] = (byte)(value | 0x80);
        destination[i++] = (byte)value;
        return i;
    }

    /// <summary>Reads one varint from the start of <paramref name="source"/>.</summary>
    public static VarintFault TryRead(ReadOnlySpan<byte> source, out ulong value, out int consumed)
    {
        value = 0;
        consumed = 0;
        for (var i = 0; i < source.Length; i++)
        {
            if (i == MaxSize) return VarintFault.Overflow;
            var b = source[i];
            value |= (ulong)(b & 0x7f) << (7 * i);
            if (b >= 0x80) continue;
            if (b == 0 && i > 0) return VarintFault.NotMinimal;
            consumed = i + 1;
            return VarintFault.None;
        }
        return source.Length >= MaxSize ? VarintFault.Overflow : VarintFault.Truncated;
    }
}
