using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace IppanFleet.Ippan.Hashing;

/// <summary>The compression function for one block: the state's four rows in four vectors, or word by word where the shuffles are missing.</summary>
internal static partial class Blake3Compression
{
    /// <summary>Replaces <paramref name="value"/> by the next chaining value.</summary>
    public static void Compress(ref ChainingValue value, ref readonly BlockWords message, ulong counter, uint blockLength, uint flags)
    {
        if (!Sse41.IsSupported)
        {
            CompressPortable(ref value, in message, counter, blockLength, flags, value);
            return;
        }

        ref var start = ref Unsafe.As<ChainingValue, uint>(ref value);
        Rows(in value, in message, counter, blockLength, flags, out var row0, out var row1, out var row2, out var row3);
        (row0 ^ row2).StoreUnsafe(ref start);
        (row1 ^ row3).StoreUnsafe(ref start, 4);
    }

    /// <summary>All sixteen output words, of which the root's output is made.</summary>
    public static void CompressFull(ref readonly ChainingValue value, ref readonly BlockWords message, ulong counter, uint blockLength, uint flags, Span<uint> output)
    {
        if (!Sse41.IsSupported)
        {
            CompressPortable(in value, in message, counter, blockLength, flags, output);
            return;
        }

        ref var input = ref MemoryMarshal.GetReference((ReadOnlySpan<uint>)value);
        Rows(in value, in message, counter, blockLength, flags, out var row0, out var row1, out var row2, out var row3);
        (row0 ^ row2).CopyTo(output);
        (row1 ^ row3).CopyTo(output[4..]);
        (row2 ^ Vector128.LoadUnsafe(ref input)).CopyTo(output[8..]);
        (row3 ^ Vector128.LoadUnsafe(ref input, 4)).CopyTo(output[12..]);
    }

    private static void Rows(
        ref readonly ChainingValue value,
        ref readonly BlockWords message,
        ulong counter,
        uint blockLength,
        uint flags,
        out Vector128<uint> outRow0,
        out Vector128<uint> outRow1,
        out Vector128<uint> outRow2,
        out Vector128<uint> outRow3)
    {
        ref var input = ref MemoryMarshal.GetReference((ReadOnlySpan<uint>)value);
        ref var words = ref MemoryMarshal.GetReference((ReadOnlySpan<uint>)message);
        var row0 = Vector128.LoadUnsafe(ref input);
        var row1 = Vector128.LoadUnsafe(ref input, 4);
        var row2 = Vector128.Create(0x6A09E667u, 0xBB67AE85u, 0x3C6EF372u, 0xA54FF53Au);
        var row3 = Vector128.Create((uint)counter, (uint)(counter >> 32), blockLength, flags);
        var m0 = Vector128.LoadUnsafe(ref words);
        var m1 = Vector128.LoadUnsafe(ref words, 4);
        var m2 = Vector128.LoadUnsafe(ref words, 8);
        var m3 = Vector128.LoadUnsafe(ref words, 12);

        // The first round takes the words in their order: even ones, then odd ones, first half for the columns, second for the diagonals
        // (whose lanes stand rotated by one, because here row 0 is rotated instead of row 1: one dependency less on the longest path).
        var t0 = Words(m0, m1, 0b10_00_10_00);
        var t1 = Words(m0, m1, 0b11_01_11_01);
        var t2 = Lanes(Words(m2, m3, 0b10_00_10_00), 0b10_01_00_11);
        var t3 = Lanes(Words(m2, m3, 0b11_01_11_01), 0b10_01_00_11);
        Round(ref row0, ref row1, ref row2, ref row3, t0, t1, t2, t3);

        // Each later round permutes the words as they stand after the one before.
        for (var round = 1; round < 7; round++)
        {
            (m0, m1, m2, m3) = (t0, t1, t2, t3);
            t0 = Lanes(Words(m0, m1, 0b11_01_01_10), 0b00_11_10_01);
            t1 = Sse41.Blend(Lanes(m0, 0b00_00_11_11).AsUInt16(), Words(m2, m3, 0b11_11_10_10).AsUInt16(), 0xCC).AsUInt32();
            t2 = Lanes(Sse41.Blend(Sse2.UnpackLow(m3.AsUInt64(), m1.AsUInt64()).AsUInt16(), m2.AsUInt16(), 0xC0).AsUInt32(), 0b01_11_10_00);
            t3 = Lanes(Sse2.UnpackLow(m2, Sse2.UnpackHigh(m1, m3)), 0b00_01_11_10);
            Round(ref row0, ref row1, ref row2, ref row3, t0, t1, t2, t3);
        }

        (outRow0, outRow1, outRow2, outRow3) = (row0, row1, row2, row3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Round(
        ref Vector128<uint> row0, ref Vector128<uint> row1, ref Vector128<uint> row2, ref Vector128<uint> row3, Vector128<uint> t0, Vector128<uint> t1, Vector128<uint> t2, Vector128<uint> t3)
    {
        var (a, b, c, d) = (row0, row1, row2, row3);
        a += t0 + b;
        d = Rotate16(d ^ a);
        c += d;
        b = Rotate12(b ^ c);
        a += t1 + b;
        d = Rotate8(d ^ a);
        c += d;
        b = Rotate7(b ^ c);

        a = Lanes(a, 0b10_01_00_11);
        d = Lanes(d, 0b01_00_11_10);
        c = Lanes(c, 0b00_11_10_01);
        a += t2 + b;
        d = Rotate16(d ^ a);
        c += d;
        b = Rotate12(b ^ c);
        a += t3 + b;
        d = Rotate8(d ^ a);
        c += d;
        b = Rotate7(b ^ c);
        row0 = Lanes(a, 0b00_11_10_01);
        row1 = b;
        row2 = Lanes(c, 0b10_01_00_11);
        row3 = Lanes(d, 0b01_00_11_10);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<uint> Lanes(Vector128<uint> value, [ConstantExpected] byte control) => Sse2.Shuffle(value, control);

    /// <summary>Two words of each, chosen by <paramref name="control"/>: shufps does to words what no integer instruction does.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<uint> Words(Vector128<uint> low, Vector128<uint> high, [ConstantExpected] byte control) =>
        Sse.Shuffle(low.AsSingle(), high.AsSingle(), control).AsUInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<uint> Rotate16(Vector128<uint> value) => Avx512F.VL.IsSupported
        ? Avx512F.VL.RotateRight(value, 16)
        : Vector128.Shuffle(value.AsByte(), Vector128.Create((byte)2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13)).AsUInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<uint> Rotate12(Vector128<uint> value) => Avx512F.VL.IsSupported ? Avx512F.VL.RotateRight(value, 12) : (value >>> 12) | (value << 20);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<uint> Rotate8(Vector128<uint> value) => Avx512F.VL.IsSupported
        ? Avx512F.VL.RotateRight(value, 8)
        : Vector128.Shuffle(value.AsByte(), Vector128.Create((byte)1, 2, 3, 0, 5, 6, 7, 4, 9, 10, 11, 8, 13, 14, 15, 12)).AsUInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<uint> Rotate7(Vector128<uint> value) => Avx512F.VL.IsSupported ? Avx512F.VL.RotateRight(value, 7) : (value >>> 7) | (value << 25);
}
