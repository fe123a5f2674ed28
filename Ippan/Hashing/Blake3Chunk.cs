using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace IppanFleet.Ippan.Hashing;

/// <summary>Chunks of at most 1,024 bytes, one at a time (paper, section 2.4).</summary>
internal static class Blake3Chunk
{
    /// <summary>The chunk's last compression, all before it done. Only the last chunk of an input may be short, and only an empty input has an empty chunk.</summary>
    public static Blake3Node Last(ReadOnlySpan<byte> chunk, ulong counter)
    {
        var node = new Blake3Node { Input = ChainingValue.Iv, Counter = counter, Flags = Blake3Constants.ChunkStart };
        while (chunk.Length > Blake3Constants.BlockSize)
        {
            Load(chunk[..Blake3Constants.BlockSize], ref node.Block);
            Blake3Compression.Compress(ref node.Input, in node.Block, counter, Blake3Constants.BlockSize, node.Flags);
            node.Flags = 0;
            chunk = chunk[Blake3Constants.BlockSize..];
        }

        Span<byte> padded = stackalloc byte[Blake3Constants.BlockSize];
        padded[chunk.Length..].Clear();
        chunk.CopyTo(padded);
        Load(padded, ref node.Block);
        node.BlockLength = (uint)chunk.Length;
        node.Flags |= Blake3Constants.ChunkEnd;
        return node;
    }

    private static void Load(ReadOnlySpan<byte> bytes, ref BlockWords words)
    {
        MemoryMarshal.Cast<byte, uint>(bytes).CopyTo(words);
        if (!BitConverter.IsLittleEndian) BinaryPrimitives.ReverseEndianness(words, words);
    }
}
