namespace IppanFleet.Libp2p.Crypto;

/// <summary>The encodings of Ed25519 points that no honest signer produces: non-canonical ones and those of small order (order 1, 2, 4, 8).</summary>
internal static class SmallOrderPoints
{
    /// <summary>The y coordinates, sign bit cleared, of the eight points of small order: 1, −1, 0 and the two of order 8.</summary>
    private static readonly byte[][] Encodings =
    [
        Convert.FromHexString("0100000000000000000000000000000000000000000000000000000000000000"),
        Convert.FromHexString("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
        Convert.FromHexString("0000000000000000000000000000000000000000000000000000000000000000"),
        Convert.FromHexString("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
        Convert.FromHexString("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
    ];

    internal static bool Contains(ReadOnlySpan<byte> point)
    {
        Span<byte> y = stackalloc byte[32];
        point.CopyTo(y);
        y[31] &= 0x7f;
        foreach (var encoding in Encodings)
        {
            if (y.SequenceEqual(encoding)) return true;
        }
        return false;
    }

    /// <summary>Whether y, the low 255 bits, is below p = 2^255 − 19.</summary>
    internal static bool IsCanonical(ReadOnlySpan<byte> point)
    {
        if ((point[31] & 0x7f) != 0x7f) return true;
        for (var i = 30; i > 0; i--)
        {
            if (point[i] != 0xff) return true;
        }
        return point[0] < 0xed;
    }
}
