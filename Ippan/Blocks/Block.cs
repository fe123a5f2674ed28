namespace IppanFleet.Ippan;

/// <summary>A vertex of the block DAG: its header and, usually, the transactions themselves. Immutable.</summary>
/// <remarks>Source: wire specification, section 4. A decoded block has the right shape and nothing more: ask <see cref="Validate"/>.</remarks>
public sealed partial record Block
{
    /// <summary>What is hashed, and the rest of the metadata.</summary>
    public required BlockHeader Header { get; init; }

    /// <summary>The creator's Ed25519 signature over the 32-byte id. Upstream leaves it empty; peers may send any bytes. Ask <see cref="Authenticate"/>.</summary>
    public ValueList<byte> Signature { get; init; }

    /// <summary>The transactions of the payload; none when the payload is detached.</summary>
    public ValueList<Transaction> Transactions { get; init; }

    /// <summary>The parents' ids as hex, once more; none or all.</summary>
    public ValueList<string> PreviousHashes { get; init; }

    /// <summary>The id as carried in the header.</summary>
    public Hash32 Id => Header.Id;
}

/// <summary>The metadata of a block.</summary>
public sealed partial record BlockHeader
{
    /// <summary>The id as carried; right when equal to <see cref="ComputeId"/>.</summary>
    public required Hash32 Id { get; init; }

    /// <summary>Who made the block: an Ed25519 public key where blocks are signed.</summary>
    public required Hash32 Creator { get; init; }

    /// <summary>The consensus round.</summary>
    public required ulong Round { get; init; }

    /// <summary>The proof of when it was made.</summary>
    public required HashTimer HashTimer { get; init; }

    /// <summary>Ids of the blocks it builds on.</summary>
    public ValueList<Hash32> ParentIds { get; init; }

    /// <summary>The parents' ids as hex; all of them in a valid block.</summary>
    public ValueList<string> PreviousHashes { get; init; }

    /// <summary>Ids of its transactions.</summary>
    public ValueList<Hash32> PayloadIds { get; init; }

    /// <summary>Merkle root over the payload ids.</summary>
    public required Hash32 MerklePayload { get; init; }

    /// <summary>Merkle root over the parent ids.</summary>
    public required Hash32 MerkleParents { get; init; }

    /// <summary>The payload's Merkle root as lower-case hex, if given.</summary>
    public string? TransactionRoot { get; init; }

    /// <summary>Root over erasure-coded shards, if given; not covered by the id.</summary>
    public string? ErasureRoot { get; init; }

    /// <summary>Root over receipts, if given; not covered by the id.</summary>
    public string? ReceiptRoot { get; init; }

    /// <summary>Root over the state, if given; not covered by the id.</summary>
    public string? StateRoot { get; init; }

    /// <summary>Validators' signatures as texts; not covered by the id and checked by nobody.</summary>
    public ValueList<string> ValidatorSignatures { get; init; }

    /// <summary>Proof of a verifiable random function; covered by the id and checked by nobody.</summary>
    public ValueList<byte> VrfProof { get; init; }
}
