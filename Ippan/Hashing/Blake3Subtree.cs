namespace IppanFleet.Ippan.Hashing;

/// <summary>Complete subtrees of full chunks: as many lanes busy as there are.</summary>
internal static class Blake3Subtree
{
    /// <summary>The largest subtree that is hashed at a time: enough that the parents, too, fill the lanes.</summary>
    public const int MaxChunks = 64;

    /// <summary>The chaining value of a subtree of a power of two, at most <see cref="MaxChunks"/>, of full chunks. It is not the root.</summary>
    public static ChainingValue Hash(ReadOnlySpan<byte> input, ulong counter)
    {
        var count = input.Length / Blake3Constants.ChunkSize;
        Span<ChainingValue> level = stackalloc ChainingValue[count];
        var done = 0;
        if (Blake3Wide.IsSupported)
        {
            for (; count - done >= Blake3Wide.Lanes; done += Blake3Wide.Lanes)
            {
                Blake3Wide.Chunks(input.Slice(done * Blake3Constants.ChunkSize, Blake3Wide.Lanes * Blake3Constants.ChunkSize), counter + (ulong)done, level[done..]);
            }
        }

        for (; done < count; done++) level[done] = Blake3Chunk.Last(input.Slice(done * Blake3Constants.ChunkSize, Blake3Constants.ChunkSize), counter + (ulong)done).ToChainingValue();
        while (count > 1)
        {
            count /= 2;
            done = 0;
            if (Blake3Wide.IsSupported)
            {
                for (; count - done >= Blake3Wide.Lanes; done += Blake3Wide.Lanes) Blake3Wide.Parents(level[(2 * done)..], level[done..]);
            }

            for (; done < count; done++) level[done] = Blake3Node.Parent(in level[2 * done], in level[(2 * done) + 1]).ToChainingValue();
        }

        return level[0];
    }
}
