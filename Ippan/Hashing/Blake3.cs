using IppanFleet.Ippan.Hashing;

namespace IppanFleet.Ippan;

/// <summary>BLAKE3 in its hash mode, the whole input at once. Nothing is allocated. Source: the BLAKE3 paper, sections 2.1 to 2.6.</summary>
public static class Blake3
{
    /// <summary>Bytes of the default output.</summary>
    public const int HashSize = 32;

    /// <summary>Writes the hash of <paramref name="input"/> to <paramref name="output"/>, whose length chooses the length: 32 is the default, more is the extended output.</summary>
    public static void Hash(ReadOnlySpan<byte> input, Span<byte> output)
    {
        if (input.Length <= Blake3Subtree.MaxChunks * Blake3Constants.ChunkSize)
        {
            // Short inputs are by far the commonest: no stack of subtrees to prepare.
            Blake3Subtree.Last(input, 0).WriteRoot(output);
            return;
        }

        new Blake3Hasher().HashAll(input, output);
    }

    /// <summary>The 32-byte hash of <paramref name="input"/>.</summary>
    public static Hash32 Hash(ReadOnlySpan<byte> input)
    {
        Span<byte> output = stackalloc byte[HashSize];
        Hash(input, output);
        return new Hash32(output);
    }
}
