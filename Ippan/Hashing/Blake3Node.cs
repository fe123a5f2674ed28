using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace IppanFleet.Ippan.Hashing;

/// <summary>The last compression of a chunk or parent, kept back because it is done differently when the node turns out to be the root.</summary>
internal struct Blake3Node
{
    public ChainingValue Input;
    public BlockWords Block;
    public ulong Counter;
    public uint BlockLength;
    public uint Flags;

    public static Blake3Node Parent(in ChainingValue left, in ChainingValue right)
    {
        var node = new Blake3Node { Input = ChainingValue.Iv, BlockLength = Blake3Constants.BlockSize, Flags = Blake3Constants.Parent };
        ((ReadOnlySpan<uint>)left).CopyTo(node.Block);
        ((ReadOnlySpan<uint>)right).CopyTo(((Span<uint>)node.Block)[8..]);
        return node;
    }

    /// <summary>The chaining value that the parent takes in.</summary>
    public readonly ChainingValue ToChainingValue()
    {
        var value = Input;
        Blake3Compression.Compress(ref value, in Block, Counter, BlockLength, Flags);
        return value;
    }

    /// <summary>The output of the whole hash: as many 64-byte blocks as it takes.</summary>
    public readonly void WriteRoot(Span<byte> output)
    {
        Span<uint> words = stackalloc uint[16];
        for (ulong block = 0; !output.IsEmpty; block++)
        {
            Blake3Compression.CompressFull(in Input, in Block, block, BlockLength, Flags | Blake3Constants.Root, words);
            if (!BitConverter.IsLittleEndian) BinaryPrimitives.ReverseEndianness(words, words);
            var bytes = MemoryMarshal.AsBytes(words);
            var taken = Math.Min(bytes.Length, output.Length);
            bytes[..taken].CopyTo(output);
            output = output[taken..];
        }
    }
}
