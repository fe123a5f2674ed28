using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace IppanFleet.Ippan.Hashing;

/// <summary>Eight inputs of the same length hashed side by side, one in each lane (paper, section 5.3): how long inputs are made quick.</summary>
internal static class Blake3Wide
{
    public const int Lanes = 8;

    public static bool IsSupported => Avx2.IsSupported;

    /// <summary>The chaining values of eight consecutive chunks, the first of them chunk number <paramref name="counter"/>.</summary>
    public static void Chunks(ReadOnlySpan<byte> input, ulong counter, Span<ChainingValue> output)
    {
        if (input.Length != Lanes * Blake3Constants.ChunkSize) throw new ArgumentException("Eight chunks are hashed at a time.", nameof(input));
        if (output.Length < Lanes) throw new ArgumentException("Eight chaining values come out.", nameof(output));
        Hash(
            ref MemoryMarshal.GetReference(input), Blake3Constants.ChunkSize, Blake3Constants.BlocksPerChunk, counter, 1,
            Blake3Constants.ChunkStart, 0, Blake3Constants.ChunkEnd, ref MemoryMarshal.GetReference(output));
    }

    /// <summary>The chaining values of the parents of sixteen children; output may be the children's own place.</summary>
    public static void Parents(ReadOnlySpan<ChainingValue> children, Span<ChainingValue> output)
    {
        if (children.Length < 2 * Lanes) throw new ArgumentException("Sixteen children are hashed at a time.", nameof(children));
        if (output.Length < Lanes) throw new ArgumentException("Eight chaining values come out.", nameof(output));
        Hash(
            ref MemoryMarshal.GetReference(MemoryMarshal.AsBytes(children)), Blake3Constants.BlockSize, 1, 0, 0,
            Blake3Constants.Parent, 0, 0, ref MemoryMarshal.GetReference(output));
    }

    [SkipLocalsInit]
    private static void Hash(
        ref byte input, int stride, int blocks, ulong counter, ulong counterStep, uint firstFlags, uint flags, uint lastFlags, ref ChainingValue output)
    {
        Span<Vector256<uint>> message = stackalloc Vector256<uint>[16];
        ref var m = ref MemoryMarshal.GetReference(message);
        var h0 = Vector256.Create(0x6A09E667u);
        var h1 = Vector256.Create(0xBB67AE85u);
        var h2 = Vector256.Create(0x3C6EF372u);
        var h3 = Vector256.Create(0xA54FF53Au);
        var h4 = Vector256.Create(0x510E527Fu);
        var h5 = Vector256.Create(0x9B05688Cu);
        var h6 = Vector256.Create(0x1F83D9ABu);
        var h7 = Vector256.Create(0x5BE0CD19u);
        var counterLow = Vector256.Create(
            (uint)counter, (uint)(counter + counterStep), (uint)(counter + (2 * counterStep)), (uint)(counter + (3 * counterStep)),
            (uint)(counter + (4 * counterStep)), (uint)(counter + (5 * counterStep)), (uint)(counter + (6 * counterStep)), (uint)(counter + (7 * counterStep)));

        // Eight chunks start at a multiple of eight, so no carry into the high word happens among them.
        var counterHigh = Vector256.Create((uint)(counter >> 32));
        for (var block = 0; block < blocks; block++)
        {
            Transpose(ref Unsafe.Add(ref input, block * Blake3Constants.BlockSize), stride, ref m);
            Transpose(ref Unsafe.Add(ref input, (block * Blake3Constants.BlockSize) + 32), stride, ref Unsafe.Add(ref m, 8));
            var blockFlags = flags | (block == 0 ? firstFlags : 0) | (block == blocks - 1 ? lastFlags : 0);
            Vector256<uint> v0 = h0, v1 = h1, v2 = h2, v3 = h3, v4 = h4, v5 = h5, v6 = h6, v7 = h7;
            var v8 = Vector256.Create(0x6A09E667u);
            var v9 = Vector256.Create(0xBB67AE85u);
            var v10 = Vector256.Create(0x3C6EF372u);
            var v11 = Vector256.Create(0xA54FF53Au);
            var v12 = counterLow;
            var v13 = counterHigh;
            var v14 = Vector256.Create((uint)Blake3Constants.BlockSize);
            var v15 = Vector256.Create(blockFlags);
            Rounds(ref m, ref v0, ref v1, ref v2, ref v3, ref v4, ref v5, ref v6, ref v7, ref v8, ref v9, ref v10, ref v11, ref v12, ref v13, ref v14, ref v15);
            h0 = v0 ^ v8;
            h1 = v1 ^ v9;
            h2 = v2 ^ v10;
            h3 = v3 ^ v11;
            h4 = v4 ^ v12;
            h5 = v5 ^ v13;
            h6 = v6 ^ v14;
            h7 = v7 ^ v15;
        }

        (Unsafe.Add(ref m, 0), Unsafe.Add(ref m, 1), Unsafe.Add(ref m, 2), Unsafe.Add(ref m, 3)) = (h0, h1, h2, h3);
        (Unsafe.Add(ref m, 4), Unsafe.Add(ref m, 5), Unsafe.Add(ref m, 6), Unsafe.Add(ref m, 7)) = (h4, h5, h6, h7);
        Transpose(ref Unsafe.As<Vector256<uint>, byte>(ref m), 32, ref Unsafe.As<ChainingValue, Vector256<uint>>(ref output));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Rounds(
        ref Vector256<uint> m,
        ref Vector256<uint> r0, ref Vector256<uint> r1, ref Vector256<uint> r2, ref Vector256<uint> r3,
        ref Vector256<uint> r4, ref Vector256<uint> r5, ref Vector256<uint> r6, ref Vector256<uint> r7,
        ref Vector256<uint> r8, ref Vector256<uint> r9, ref Vector256<uint> r10, ref Vector256<uint> r11,
        ref Vector256<uint> r12, ref Vector256<uint> r13, ref Vector256<uint> r14, ref Vector256<uint> r15)
    {
        Vector256<uint> v0 = r0, v1 = r1, v2 = r2, v3 = r3, v4 = r4, v5 = r5, v6 = r6, v7 = r7;
        Vector256<uint> v8 = r8, v9 = r9, v10 = r10, v11 = r11, v12 = r12, v13 = r13, v14 = r14, v15 = r15;
        ref var schedule = ref MemoryMarshal.GetReference(Blake3Constants.Schedule);
        for (var round = 0; round < 7; round++)
        {
            v0 += v4 + Unsafe.Add(ref m, (int)Unsafe.Add(ref schedule, 0));
            v1 += v5 + Unsafe.Add(ref m, (int)Unsafe.Add(ref schedule, 2));
            v2 += v6 + Unsafe.Add(ref m, (int)Unsafe.Add(ref schedule, 4));
            v3 += v7 + Unsafe.Add(ref m, (int)Unsafe.Add(ref schedule, 6));
            v12 = Rotate16(v12 ^ v0);
            v13 = Rotate16(v13 ^ v1);
            v14 = Rotate16(v14 ^ v2);
            v15 = Rotate16(v15 ^ v3);
            v8 += v12;
            v9 += v13;
            v10 += v14;
            v11 += v15;
            v4 = Rotate12(v4 ^ v8);
            v5 = Rotate12(v5 ^ v9);
            v6 = Rotate12(v6 ^ v10);
            v7 = Rotate12(v7 ^ v11);
            v0 += v4 + Unsafe.Add(ref m, (int)Unsafe.Add(ref schedule, 1));
            v1 += v5 + Unsafe.Add(ref m, (int)Unsafe.Add(ref schedule, 3));
            v2 += v6 + Unsafe.Add(ref m, (int)Unsafe.Add(ref schedule, 5));
            v3 += v7 + Unsafe.Add(ref m, (int)Unsafe.Add(ref schedule, 7));
            v12 = Rotate8(v12 ^ v0);
            v13 = Rotate8(v13 ^ v1);
            v14 = Rotate8(v14 ^ v2);
            v15 = Rotate8(v15 ^ v3);
            v8 += v12;
            v9 += v13;
            v10 += v14;
            v11 += v15;
            v4 = Rotate7(v4 ^ v8);
            v5 = Rotate7(v5 ^ v9);
            v6 = Rotate7(v6 ^ v10);
            v7 = Rotate7(v7 ^ v11);

            v0 += v5 + Unsafe.Add(ref m, (int)Unsafe.Add(ref schedule, 8));
            v1 += v6 + Unsafe.Add(ref m, (int)Unsafe.Add(ref schedule, 10));
            v2 += v7 + Unsafe.Add(ref m, (int)Unsafe.Add(ref schedule, 12));
            v3 += v4 + Unsafe.Add(ref m, (int)Unsafe.Add(ref schedule, 14));
            v15 = Rotate16(v15 ^ v0);
            v12 = Rotate16(v12 ^ v1);
            v13 = Rotate16(v13 ^ v2);
            v14 = Rotate16(v14 ^ v3);
            v10 += v15;
            v11 += v12;
            v8 += v13;
            v9 += v14;
            v5 = Rotate12(v5 ^ v10);
            v6 = Rotate12(v6 ^ v11);
            v7 = Rotate12(v7 ^ v8);
            v4 = Rotate12(v4 ^ v9);
            v0 += v5 + Unsafe.Add(ref m, (int)Unsafe.Add(ref schedule, 9));
            v1 += v6 + Unsafe.Add(ref m, (int)Unsafe.Add(ref schedule, 11));
            v2 += v7 + Unsafe.Add(ref m, (int)Unsafe.Add(ref schedule, 13));
            v3 += v4 + Unsafe.Add(ref m, (int)Unsafe.Add(ref schedule, 15));
            v15 = Rotate8(v15 ^ v0);
            v12 = Rotate8(v12 ^ v1);
            v13 = Rotate8(v13 ^ v2);
            v14 = Rotate8(v14 ^ v3);
            v10 += v15;
            v11 += v12;
            v8 += v13;
            v9 += v14;
            v5 = Rotate7(v5 ^ v10);
            v6 = Rotate7(v6 ^ v11);
            v7 = Rotate7(v7 ^ v8);
            v4 = Rotate7(v4 ^ v9);
            schedule = ref Unsafe.Add(ref schedule, 16);
        }

        (r0, r1, r2, r3, r4, r5, r6, r7) = (v0, v1, v2, v3, v4, v5, v6, v7);
        (r8, r9, r10, r11, r12, r13, r14, r15) = (v8, v9, v10, v11, v12, v13, v14, v15);
    }

    /// <summary>Eight rows of eight words, <paramref name="stride"/> bytes apart, become eight vectors of one word of each row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose(ref byte rows, int stride, ref Vector256<uint> output)
    {
        var a = Vector256.LoadUnsafe(ref rows).AsUInt32();
        var b = Vector256.LoadUnsafe(ref rows, (nuint)stride).AsUInt32();
        var c = Vector256.LoadUnsafe(ref rows, (nuint)(2 * stride)).AsUInt32();
        var d = Vector256.LoadUnsafe(ref rows, (nuint)(3 * stride)).AsUInt32();
        var e = Vector256.LoadUnsafe(ref rows, (nuint)(4 * stride)).AsUInt32();
        var f = Vector256.LoadUnsafe(ref rows, (nuint)(5 * stride)).AsUInt32();
        var g = Vector256.LoadUnsafe(ref rows, (nuint)(6 * stride)).AsUInt32();
        var h = Vector256.LoadUnsafe(ref rows, (nuint)(7 * stride)).AsUInt32();

        var ab0145 = Avx2.UnpackLow(a, b).AsUInt64();
        var ab2367 = Avx2.UnpackHigh(a, b).AsUInt64();
        var cd0145 = Avx2.UnpackLow(c, d).AsUInt64();
        var cd2367 = Avx2.UnpackHigh(c, d).AsUInt64();
        var ef0145 = Avx2.UnpackLow(e, f).AsUInt64();
        var ef2367 = Avx2.UnpackHigh(e, f).AsUInt64();
        var gh0145 = Avx2.UnpackLow(g, h).AsUInt64();
        var gh2367 = Avx2.UnpackHigh(g, h).AsUInt64();

        var abcd04 = Avx2.UnpackLow(ab0145, cd0145);
        var abcd15 = Avx2.UnpackHigh(ab0145, cd0145);
        var abcd26 = Avx2.UnpackLow(ab2367, cd2367);
        var abcd37 = Avx2.UnpackHigh(ab2367, cd2367);
        var efgh04 = Avx2.UnpackLow(ef0145, gh0145);
        var efgh15 = Avx2.UnpackHigh(ef0145, gh0145);
        var efgh26 = Avx2.UnpackLow(ef2367, gh2367);
        var efgh37 = Avx2.UnpackHigh(ef2367, gh2367);

        output = Avx2.Permute2x128(abcd04, efgh04, 0x20).AsUInt32();
        Unsafe.Add(ref output, 1) = Avx2.Permute2x128(abcd15, efgh15, 0x20).AsUInt32();
        Unsafe.Add(ref output, 2) = Avx2.Permute2x128(abcd26, efgh26, 0x20).AsUInt32();
        Unsafe.Add(ref output, 3) = Avx2.Permute2x128(abcd37, efgh37, 0x20).AsUInt32();
        Unsafe.Add(ref output, 4) = Avx2.Permute2x128(abcd04, efgh04, 0x31).AsUInt32();
        Unsafe.Add(ref output, 5) = Avx2.Permute2x128(abcd15, efgh15, 0x31).AsUInt32();
        Unsafe.Add(ref output, 6) = Avx2.Permute2x128(abcd26, efgh26, 0x31).AsUInt32();
        Unsafe.Add(ref output, 7) = Avx2.Permute2x128(abcd37, efgh37, 0x31).AsUInt32();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> Rotate16(Vector256<uint> value) => Avx512F.VL.IsSupported
        ? Avx512F.VL.RotateRight(value, 16)
        : Avx2.Shuffle(value.AsByte(), Vector256.Create((byte)2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13)).AsUInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> Rotate12(Vector256<uint> value) => Avx512F.VL.IsSupported ? Avx512F.VL.RotateRight(value, 12) : (value >>> 12) | (value << 20);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> Rotate8(Vector256<uint> value) => Avx512F.VL.IsSupported
        ? Avx512F.VL.RotateRight(value, 8)
        : Avx2.Shuffle(value.AsByte(), Vector256.Create((byte)1, 2, 3, 0, 5, 6, 7, 4, 9, 10, 11, 8, 13, 14, 15, 12, 1, 2, 3, 0, 5, 6, 7, 4, 9, 10, 11, 8, 13, 14, 15, 12)).AsUInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> Rotate7(Vector256<uint> value) => Avx512F.VL.IsSupported ? Avx512F.VL.RotateRight(value, 7) : (value >>> 7) | (value << 25);
}
