using System.Buffers;
using System.Runtime.InteropServices;

namespace IppanFleet.Ippan;

/// <summary>The Merkle root of wire specification, section 4.2. Leaves and nodes are not told apart, so [a, b, c] and [a, b, c, c] have the same root.</summary>
public static class MerkleTree
{
    /// <summary>The root: zero for no leaves, the leaf itself for one, else pairs hashed level by level, an odd last node paired with itself.</summary>
    public static Hash32 Root(ReadOnlySpan<Hash32> leaves)
    {
        if (leaves.IsEmpty) return Hash32.Zero;
        var rented = ArrayPool<Hash32>.Shared.Rent(leaves.Length + 1);
        leaves.CopyTo(rented);
        for (var count = leaves.Length; count > 1; count = (count + 1) / 2)
        {
            if (count % 2 == 1) rented[count] = rented[count - 1];
            for (var i = 0; i < (count + 1) / 2; i++) rented[i] = Blake3.Hash(MemoryMarshal.AsBytes(rented.AsSpan(2 * i, 2)));
        }

        var root = rented[0];
        ArrayPool<Hash32>.Shared.Return(rented);
        return root;
    }
}
