using System.Runtime.CompilerServices;

namespace IppanFleet.Ippan.Hashing;

/// <summary>Many chunks at once: as many lanes busy as there are.</summary>
internal static class Blake3Subtree
{
    /// <summary>The most chunks that are hashed at a time: enough that the parents, too, fill the lanes.</summary>
    public const int MaxChunks = 64;

    // From here on, idle lanes cost less than hashing chunk by chunk.
    private const int WorthPadding = 4;

    /// <summary>The last compression of a tree over at most <see cref="MaxChunks"/> chunks, of which the last may be short.</summary>
    [SkipLocalsInit]
    public static Blake3Node Last(ReadOnlySpan<byte> input, ulong counter)
    {
        if (input.Length <= Blake3Constants.ChunkSize) return Blake3Chunk.Last(input, counter);
        Span<ChainingValue> level = stackalloc ChainingValue[MaxChunks];
        var count = Chunks(input, counter, level);

        // Pairing level by level, an odd last node moving up alone, makes the very tree of the paper's section 2.1: left subtrees are full.
        while (count > 2) count = Parents(level[..count]);
        return Blake3Node.Parent(in level[0], in level[1]);
    }

    private static int Chunks(ReadOnlySpan<byte> input, ulong counter, Span<ChainingValue> level)
    {
        const int Group = Blake3Wide.Lanes * Blake3Constants.ChunkSize;
        var done = 0;
        if (Blake3Wide.IsSupported)
        {
            for (; input.Length >= Group; done += Blake3Wide.Lanes, input = input[Group..]) Blake3Wide.Chunks(input[..Group], counter + (ulong)done, level[done..]);
            var full = input.Length / Blake3Constants.ChunkSize;
            if (full >= WorthPadding)
            {
                PaddedChunks(input[..(full * Blake3Constants.ChunkSize)], counter + (ulong)done, level[done..]);
                done += full;
                input = input[(full * Blake3Constants.ChunkSize)..];
            }
        }

        while (!input.IsEmpty)
        {
            var chunk = input[..Math.Min(input.Length, Blake3Constants.ChunkSize)];
            level[done] = Blake3Chunk.Last(chunk, counter + (ulong)done).ToChainingValue();
            done++;
            input = input[chunk.Length..];
        }

        return done;
    }

    /// <summary>Fewer than eight full chunks; what the other lanes hash is thrown away.</summary>
    [SkipLocalsInit]
    private static void PaddedChunks(ReadOnlySpan<byte> chunks, ulong counter, Span<ChainingValue> level)
    {
        Span<byte> padded = stackalloc byte[Blake3Wide.Lanes * Blake3Constants.ChunkSize];
        Span<ChainingValue> values = stackalloc ChainingValue[Blake3Wide.Lanes];
        chunks.CopyTo(padded);
        Blake3Wide.Chunks(padded, counter, values);
        values[..(chunks.Length / Blake3Constants.ChunkSize)].CopyTo(level);
    }

    private static int Parents(Span<ChainingValue> level)
    {
        var pairs = level.Length / 2;
        var done = 0;
        if (Blake3Wide.IsSupported)
        {
            for (; pairs - done >= Blake3Wide.Lanes; done += Blake3Wide.Lanes) Blake3Wide.Parents(level[(2 * done)..], level[done..]);
        }

        for (; done < pairs; done++) level[done] = Blake3Node.Parent(in level[2 * done], in level[(2 * done) + 1]).ToChainingValue();
        if (level.Length % 2 == 0) return pairs;
        level[pairs] = level[^1];
        return pairs + 1;
    }
}
