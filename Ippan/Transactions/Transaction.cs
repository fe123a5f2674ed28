namespace IppanFleet.Ippan;

/// <summary>Who may read a transaction's payload.</summary>
public enum TransactionVisibility : byte
{
    /// <summary>Everybody.</summary>
    Public = 0,

    /// <summary>Those for whom the envelope holds a key.</summary>
    Confidential = 1,
}

/// <summary>A signed transfer between two accounts, with its optional parts, as peers exchange it. Immutable.</summary>
/// <remarks>Source: wire specification, section 3. A decoded transaction has the right shape and nothing more: ask <see cref="Validate"/>.</remarks>
public sealed partial record Transaction
{
    /// <summary>Bytes of the signature.</summary>
    public const int SignatureSize = 64;

    /// <summary>The id as carried; right when equal to <see cref="ComputeId"/>.</summary>
    public required Hash32 Id { get; init; }

    /// <summary>The sender: a raw Ed25519 public key.</summary>
    public required Hash32 From { get; init; }

    /// <summary>The recipient.</summary>
    public required Hash32 To { get; init; }

    /// <summary>The amount in the smallest unit: one IPN is 10^24.</summary>
    public required UInt128 Amount { get; init; }

    /// <summary>The sender's count of transactions.</summary>
    public required ulong Nonce { get; init; }

    /// <summary>The proof of when it was made.</summary>
    public required HashTimer HashTimer { get; init; }

    /// <summary>When it was made, in microseconds since the Unix epoch.</summary>
    public required ulong TimestampUs { get; init; }

    /// <summary>Public or confidential.</summary>
    public required TransactionVisibility Visibility { get; init; }

    /// <summary>Texts by which it can be found.</summary>
    public ValueList<string> Topics { get; init; }

    /// <summary>What it does to a handle, if anything.</summary>
    public HandleRegistration? HandleOperation { get; init; }

    /// <summary>The encrypted payload, if there is one.</summary>
    public ConfidentialEnvelope? Confidential { get; init; }

    /// <summary>The proof that goes with an encrypted payload, if there is one.</summary>
    public StarkProof? Proof { get; init; }

    /// <summary>The sender's Ed25519 signature over the message bytes, 64 bytes.</summary>
    public required ValueList<byte> Signature { get; init; }
}
