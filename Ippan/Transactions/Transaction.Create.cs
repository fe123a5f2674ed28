using IppanFleet.Libp2p.Crypto;

namespace IppanFleet.Ippan;

public sealed partial record Transaction
{
    /// <summary>A plain public transfer, complete with HashTimer, signature and id.</summary>
    /// <param name="sender">The sender's key; its public half becomes <see cref="From"/>.</param>
    /// <param name="to">The recipient.</param>
    /// <param name="amount">In the smallest unit; a valid transfer moves at least one.</param>
    /// <param name="nonce">The sender's count of transactions.</param>
    /// <param name="timestampUs">Microseconds since the Unix epoch.</param>
    public static Transaction CreateSigned(Ed25519PrivateKey sender, Hash32 to, UInt128 amount, ulong nonce, ulong timestampUs) =>
        new TransactionBuilder { To = to, Amount = amount, Nonce = nonce, TimestampUs = timestampUs }.Sign(sender);

    /// <summary>The same transaction by <paramref name="sender"/>: sender, HashTimer, signature and id are made anew from the other fields.</summary>
    public Transaction Sign(Ed25519PrivateKey sender)
    {
        var prepared = this with { From = new Hash32(sender.PublicKey) };
        prepared = prepared with { HashTimer = prepared.ComputeHashTimer() };
        return prepared.SignAsIs(sender);
    }

    /// <summary>The same fields, HashTimer and sender included, with a new signature and id: what a test needs to sign something wrong.</summary>
    internal Transaction SignAsIs(Ed25519PrivateKey sender)
    {
        var signed = this with { Signature = ValueList.Adopt(sender.Sign(GetMessageBytes())) };
        return signed with { Id = signed.ComputeId() };
    }
}

/// <summary>The fields of a transaction that its sender chooses. <see cref="Sign"/> adds the rest.</summary>
public sealed record TransactionBuilder
{
    private static readonly HashTimer NotYet = new() { TimestampUs = 0, Entropy = Hash32.Zero };

    /// <inheritdoc cref="Transaction.To"/>
    public required Hash32 To { get; init; }

    /// <inheritdoc cref="Transaction.Amount"/>
    public required UInt128 Amount { get; init; }

    /// <inheritdoc cref="Transaction.Nonce"/>
    public required ulong Nonce { get; init; }

    /// <inheritdoc cref="Transaction.TimestampUs"/>
    public required ulong TimestampUs { get; init; }

    /// <inheritdoc cref="Transaction.Visibility"/>
    public TransactionVisibility Visibility { get; init; }

    /// <inheritdoc cref="Transaction.Topics"/>
    public ValueList<string> Topics { get; init; }

    /// <inheritdoc cref="Transaction.HandleOperation"/>
    public HandleRegistration? HandleOperation { get; init; }

    /// <inheritdoc cref="Transaction.Confidential"/>
    public ConfidentialEnvelope? Confidential { get; init; }

    /// <inheritdoc cref="Transaction.Proof"/>
    public StarkProof? Proof { get; init; }

    /// <summary>The transaction by <paramref name="sender"/>, with HashTimer, signature and id.</summary>
    public Transaction Sign(Ed25519PrivateKey sender) => new Transaction
    {
        Id = Hash32.Zero,
        From = new Hash32(sender.PublicKey),
        To = To,
        Amount = Amount,
        Nonce = Nonce,
        HashTimer = NotYet,
        TimestampUs = TimestampUs,
        Visibility = Visibility,
        Topics = Topics,
        HandleOperation = HandleOperation,
        Confidential = Confidential,
        Proof = Proof,
        Signature = [],
    }.Sign(sender);
}
