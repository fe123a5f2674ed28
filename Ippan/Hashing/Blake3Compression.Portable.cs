using System.Numerics;
using System.Runtime.CompilerServices;

namespace IppanFleet.Ippan.Hashing;

internal static partial class Blake3Compression
{
    /// <summary>The compression function in plain words (paper, section 2.2), for machines without the vector instructions that the other one needs.</summary>
    internal static void CompressPortable(ref readonly ChainingValue input, ref readonly BlockWords message, ulong counter, uint blockLength, uint flags, Span<uint> output)
    {
        ReadOnlySpan<uint> m = message;
        var iv = Blake3Constants.Iv;
        uint v0 = input[0], v1 = input[1], v2 = input[2], v3 = input[3], v4 = input[4], v5 = input[5], v6 = input[6], v7 = input[7];
        uint v8 = iv[0], v9 = iv[1], v10 = iv[2], v11 = iv[3], v12 = (uint)counter, v13 = (uint)(counter >> 32), v14 = blockLength, v15 = flags;
        for (var schedule = Blake3Constants.Schedule; !schedule.IsEmpty; schedule = schedule[16..])
        {
            Quarter(ref v0, ref v4, ref v8, ref v12, m[schedule[0]], m[schedule[1]]);
            Quarter(ref v1, ref v5, ref v9, ref v13, m[schedule[2]], m[schedule[3]]);
            Quarter(ref v2, ref v6, ref v10, ref v14, m[schedule[4]], m[schedule[5]]);
            Quarter(ref v3, ref v7, ref v11, ref v15, m[schedule[6]], m[schedule[7]]);
            Quarter(ref v0, ref v5, ref v10, ref v15, m[schedule[8]], m[schedule[9]]);
            Quarter(ref v1, ref v6, ref v11, ref v12, m[schedule[10]], m[schedule[11]]);
            Quarter(ref v2, ref v7, ref v8, ref v13, m[schedule[12]], m[schedule[13]]);
            Quarter(ref v3, ref v4, ref v9, ref v14, m[schedule[14]], m[schedule[15]]);
        }

        uint i0 = input[0], i1 = input[1], i2 = input[2], i3 = input[3], i4 = input[4], i5 = input[5], i6 = input[6], i7 = input[7];
        (output[0], output[1], output[2], output[3]) = (v0 ^ v8, v1 ^ v9, v2 ^ v10, v3 ^ v11);
        (output[4], output[5], output[6], output[7]) = (v4 ^ v12, v5 ^ v13, v6 ^ v14, v7 ^ v15);
        if (output.Length == 8) return;
        (output[8], output[9], output[10], output[11]) = (v8 ^ i0, v9 ^ i1, v10 ^ i2, v11 ^ i3);
        (output[12], output[13], output[14], output[15]) = (v12 ^ i4, v13 ^ i5, v14 ^ i6, v15 ^ i7);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Quarter(ref uint a, ref uint b, ref uint c, ref uint d, uint x, uint y)
    {
        a += b + x;
        d = BitOperations.RotateRight(d ^ a, 16);
        c += d;
        b = BitOperations.RotateRight(b ^ c, 12);
        a += b + y;
        d = BitOperations.RotateRight(d ^ a, 8);
        c += d;
        b = BitOperations.RotateRight(b ^ c, 7);
    }
}
