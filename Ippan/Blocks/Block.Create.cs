using IppanFleet.Libp2p.Crypto;

namespace IppanFleet.Ippan;

public sealed partial record Block
{
    /// <summary>The size that rules and statistics go by, in bytes: an estimate that counts 200 for each transaction (wire specification, section 4.3).</summary>
    public int ApproximateSize
    {
        get
        {
            var size = 168 + (Hash32.Size * (Header.ParentIds.Count + Header.PayloadIds.Count)) + Header.VrfProof.Count + Signature.Count + (200 * Transactions.Count);
            foreach (var hash in PreviousHashes) size += System.Text.Encoding.UTF8.GetByteCount(hash);
            return size;
        }
    }

    /// <summary>A complete block by <paramref name="creator"/>, with roots, HashTimer, id and the creator's signature over the id.</summary>
    /// <param name="creator">The creator's key.</param>
    /// <param name="round">The consensus round.</param>
    /// <param name="parentIds">Ids of the blocks it builds on.</param>
    /// <param name="transactions">Its transactions, in order.</param>
    /// <param name="timestampUs">Microseconds since the Unix epoch.</param>
    public static Block Create(Ed25519PrivateKey creator, ulong round, ValueList<Hash32> parentIds, ValueList<Transaction> transactions, ulong timestampUs)
    {
        var block = CreateUnsigned(new Hash32(creator.PublicKey), round, parentIds, transactions, timestampUs);
        return block with { Signature = ValueList.Adopt(creator.Sign(block.Header.Id.ToArray())) };
    }

    /// <summary>A complete block without a signature, as upstream makes it.</summary>
    public static Block CreateUnsigned(Hash32 creator, ulong round, ValueList<Hash32> parentIds, ValueList<Transaction> transactions, ulong timestampUs)
    {
        var payloadIds = new Hash32[transactions.Count];
        for (var i = 0; i < payloadIds.Length; i++) payloadIds[i] = transactions[i].ComputeId();
        var previousHashes = new string[parentIds.Count];
        for (var i = 0; i < previousHashes.Length; i++) previousHashes[i] = parentIds[i].ToString();

        var payloadRoot = MerkleTree.Root(payloadIds);
        var header = new BlockHeader
        {
            Id = Hash32.Zero,
            Creator = creator,
            Round = round,
            HashTimer = new HashTimer { TimestampUs = unchecked((long)timestampUs), Entropy = Hash32.Zero },
            ParentIds = parentIds,
            PreviousHashes = ValueList.Adopt(previousHashes),
            PayloadIds = ValueList.Adopt(payloadIds),
            MerklePayload = payloadRoot,
            MerkleParents = MerkleTree.Root(parentIds.AsSpan()),
            TransactionRoot = payloadRoot.ToString(),
        };
        header = header with { HashTimer = header.ComputeHashTimer(timestampUs) };
        return new Block { Header = header with { Id = header.ComputeId() }, Transactions = transactions, PreviousHashes = ValueList.Adopt(previousHashes) };
    }
}
