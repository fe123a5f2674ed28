using System.Runtime.CompilerServices;

namespace IppanFleet.Ippan.Hashing;

/// <summary>BLAKE3's numbers (paper, tables 1 to 3).</summary>
internal static class Blake3Constants
{
    public const int BlockSize = 64;
    public const int ChunkSize = 1024;
    public const int BlocksPerChunk = ChunkSize / BlockSize;

    public const uint ChunkStart = 1;
    public const uint ChunkEnd = 2;
    public const uint Parent = 4;
    public const uint Root = 8;

    public static ReadOnlySpan<uint> Iv => [0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19];

    /// <summary>Which message word each step of each of the seven rounds takes: the permutation of table 2, applied again and again.</summary>
    public static ReadOnlySpan<byte> Schedule =>
    [
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
        2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8,
        3, 4, 10, 12, 13, 2, 7, 14, 6, 5, 9, 0, 11, 15, 8, 1,
        10, 7, 12, 9, 14, 3, 13, 15, 4, 0, 11, 2, 5, 8, 1, 6,
        12, 13, 9, 11, 15, 10, 14, 8, 7, 2, 5, 3, 0, 1, 6, 4,
        9, 14, 11, 5, 8, 12, 15, 1, 13, 3, 0, 10, 2, 6, 4, 7,
        11, 15, 5, 0, 1, 9, 8, 6, 14, 10, 2, 12, 3, 4, 7, 13,
    ];
}

/// <summary>Eight words: a chaining value.</summary>
[InlineArray(8)]
internal struct ChainingValue
{
    private uint _first;

    public static ChainingValue Iv
    {
        get
        {
            var value = default(ChainingValue);
            Blake3Constants.Iv.CopyTo(value);
            return value;
        }
    }
}

/// <summary>Sixteen words: a message block, or a full compression output.</summary>
[InlineArray(16)]
internal struct BlockWords
{
    private uint _first;
}
