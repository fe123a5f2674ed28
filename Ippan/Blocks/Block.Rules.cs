using IppanFleet.Libp2p.Crypto;

namespace IppanFleet.Ippan;

/// <summary>Which rule a block breaks; the first one, in the order of the checks.</summary>
public enum BlockFault
{
    /// <summary>None: the block is valid.</summary>
    None = 0,

    /// <summary>The payload's Merkle root is wrong.</summary>
    MerklePayloadWrong,

    /// <summary>The parents' Merkle root is wrong.</summary>
    MerkleParentsWrong,

    /// <summary>The header's hex hashes are not the parents.</summary>
    HeaderPreviousHashesWrong,

    /// <summary>The transaction root is not the payload's Merkle root in lower-case hex.</summary>
    TransactionRootWrong,

    /// <summary>The block's hex hashes are there and are not the parents.</summary>
    PreviousHashesWrong,

    /// <summary>The transactions are not those of the payload ids, in their order.</summary>
    PayloadWrong,

    /// <summary>One of the transactions is not valid.</summary>
    TransactionInvalid,

    /// <summary>The HashTimer is not the unsigned one of these fields.</summary>
    HashTimerWrong,

    /// <summary>The id is not the hash of these fields.</summary>
    IdWrong,

    /// <summary>The time lies in the future.</summary>
    FromTheFuture,
}

/// <summary>Whether a block's creator stands by it.</summary>
public enum BlockAuthentication
{
    /// <summary>The block carries no signature, as all of upstream's.</summary>
    Unsigned,

    /// <summary>The signature is the creator's over the id.</summary>
    Valid,

    /// <summary>There is a signature, and it is not the creator's over the id.</summary>
    Invalid,
}

public sealed partial record Block
{
    /// <summary>Whether every rule is met at <paramref name="nowUs"/> (microseconds since the Unix epoch).</summary>
    public bool IsValid(ulong nowUs) => Validate(nowUs) == BlockFault.None;

    /// <summary>The first rule that is broken at <paramref name="nowUs"/> (microseconds since the Unix epoch), or none.</summary>
    /// <remarks>Source: wire specification, section 4.3. The creator's signature is not among the rules: see <see cref="Authenticate"/>.</remarks>
    public BlockFault Validate(ulong nowUs)
    {
        if (MerkleTree.Root(Header.PayloadIds.AsSpan()) != Header.MerklePayload) return BlockFault.MerklePayloadWrong;
        if (MerkleTree.Root(Header.ParentIds.AsSpan()) != Header.MerkleParents) return BlockFault.MerkleParentsWrong;
        if (!AreParents(Header.PreviousHashes)) return BlockFault.HeaderPreviousHashesWrong;
        if (Header.TransactionRoot is { } root && root != Header.MerklePayload.ToString()) return BlockFault.TransactionRootWrong;
        if (!PreviousHashes.IsEmpty && !AreParents(PreviousHashes)) return BlockFault.PreviousHashesWrong;
        if (!Transactions.IsEmpty)
        {
            if (!TransactionsArePayload()) return BlockFault.PayloadWrong;
            foreach (var transaction in Transactions)
            {
                if (!transaction.IsValid(nowUs)) return BlockFault.TransactionInvalid;
            }
        }

        if (!Header.HashTimer.IsUnsigned(Header.HashTimer.TimeUs, Header.ComputeEntropy(Header.HashTimer.TimeUs))) return BlockFault.HashTimerWrong;
        if (Header.ComputeId() != Header.Id) return BlockFault.IdWrong;
        return Header.HashTimer.TimeUs <= nowUs ? BlockFault.None : BlockFault.FromTheFuture;
    }

    /// <summary>Whether the signature is the creator's over the id as carried; it says nothing about the block unless that id is right, too.</summary>
    public BlockAuthentication Authenticate()
    {
        if (Signature.IsEmpty) return BlockAuthentication.Unsigned;
        return Ed25519.Verify(Header.Creator.ToArray(), Header.Id.ToArray(), Signature.AsSpan()) ? BlockAuthentication.Valid : BlockAuthentication.Invalid;
    }

    private bool TransactionsArePayload()
    {
        if (Transactions.Count != Header.PayloadIds.Count) return false;
        for (var i = 0; i < Transactions.Count; i++)
        {
            if (Transactions[i].ComputeId() != Header.PayloadIds[i]) return false;
        }

        return true;
    }

    private bool AreParents(ValueList<string> texts)
    {
        if (texts.Count != Header.ParentIds.Count) return false;
        for (var i = 0; i < texts.Count; i++)
        {
            var hex = texts[i].AsSpan();
            if (hex.StartsWith("0x", StringComparison.OrdinalIgnoreCase)) hex = hex[2..];
            if (!Hash32.TryParse(hex, out var value) || value != Header.ParentIds[i]) return false;
        }

        return true;
    }
}
