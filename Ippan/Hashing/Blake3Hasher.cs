using System.Numerics;
using System.Runtime.CompilerServices;
using IppanFleet.Ippan.Hashing;

namespace IppanFleet.Ippan;

/// <summary>BLAKE3 in its hash mode, over input that comes in pieces. Not thread-safe; nothing is allocated.</summary>
/// <remarks>A struct of about 3 KiB: pass it by reference. The default value is ready for use.</remarks>
public struct Blake3Hasher
{
    private ChunkBytes _pending;
    private TreeStack _stack;
    private int _pendingLength;
    private int _stackDepth;
    private ulong _chunks;

    /// <summary>Takes in the next bytes.</summary>
    public void Update(ReadOnlySpan<byte> input)
    {
        // A full chunk is hashed only when more input follows: the last one may turn out to be the root.
        if (_pendingLength > 0)
        {
            var taken = Math.Min(Blake3Constants.ChunkSize - _pendingLength, input.Length);
            input[..taken].CopyTo(((Span<byte>)_pending)[_pendingLength..]);
            _pendingLength += taken;
            input = input[taken..];
            if (input.IsEmpty) return;
            Push(Blake3Chunk.Last(_pending, _chunks).ToChainingValue(), 1);
            _pendingLength = 0;
        }

        while (input.Length > Blake3Constants.ChunkSize)
        {
            var size = SubtreeSize((input.Length - 1) / Blake3Constants.ChunkSize);
            Push(Blake3Subtree.Last(input[..(size * Blake3Constants.ChunkSize)], _chunks).ToChainingValue(), size);
            input = input[(size * Blake3Constants.ChunkSize)..];
        }

        input.CopyTo(_pending);
        _pendingLength = input.Length;
    }

    /// <summary>Writes the hash of all input so far to <paramref name="output"/>, whose length chooses the length: 32 is the default. More input may follow.</summary>
    public readonly void Finish(Span<byte> output) => Finish(Blake3Chunk.Last(((ReadOnlySpan<byte>)_pending)[.._pendingLength], _chunks), output);

    /// <summary>The whole input of a fresh hasher at once: the end of it, too, goes through the lanes.</summary>
    internal void HashAll(ReadOnlySpan<byte> input, Span<byte> output)
    {
        const int Bulk = Blake3Subtree.MaxChunks * Blake3Constants.ChunkSize;
        for (; input.Length > Bulk; input = input[Bulk..]) Push(Blake3Subtree.Last(input[..Bulk], _chunks).ToChainingValue(), Blake3Subtree.MaxChunks);
        Finish(Blake3Subtree.Last(input, _chunks), output);
    }

    private readonly void Finish(Blake3Node node, Span<byte> output)
    {
        for (var i = _stackDepth - 1; i >= 0; i--) node = Blake3Node.Parent(in _stack[i], node.ToChainingValue());
        node.WriteRoot(output);
    }

    /// <summary>The 32-byte hash of all input so far.</summary>
    public readonly Hash32 Finish()
    {
        Span<byte> output = stackalloc byte[Blake3.HashSize];
        Finish(output);
        return new Hash32(output);
    }

    /// <summary>The largest subtree that fits <paramref name="available"/> chunks and starts where the input stands.</summary>
    private readonly int SubtreeSize(int available)
    {
        var size = 1 << BitOperations.Log2((uint)Math.Min(available, Blake3Subtree.MaxChunks));
        while (((ulong)(size - 1) & _chunks) != 0) size /= 2;
        return size;
    }

    private void Push(ChainingValue value, int chunks)
    {
        // Every complete pair of subtrees of the same size becomes one (paper, section 5.1.2): as many as the total's trailing zeros say.
        _chunks += (ulong)chunks;
        for (var total = _chunks / (ulong)chunks; (total & 1) == 0; total >>= 1) value = Blake3Node.Parent(in _stack[--_stackDepth], in value).ToChainingValue();
        _stack[_stackDepth++] = value;
    }

    [InlineArray(Blake3Constants.ChunkSize)]
    private struct ChunkBytes
    {
        private byte _first;
    }

    // One entry for each bit of a 64-bit byte count above the chunk's ten.
    [InlineArray(54)]
    private struct TreeStack
    {
        private ChainingValue _first;
    }
}
