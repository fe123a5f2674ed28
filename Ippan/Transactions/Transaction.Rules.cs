using System.Text;
using IppanFleet.Libp2p.Crypto;

namespace IppanFleet.Ippan;

/// <summary>Which rule a transaction breaks; the first one, in the order of the checks.</summary>
public enum TransactionFault
{
    /// <summary>None: the transaction is valid.</summary>
    None = 0,

    /// <summary>It is confidential, and the envelope or the proof is missing.</summary>
    ConfidentialPartMissing,

    /// <summary>A plain transfer of nothing.</summary>
    AmountZero,

    /// <summary>A plain transfer to the sender.</summary>
    SelfTransfer,

    /// <summary>The signature is not the sender's, or the sender's key is no acceptable Ed25519 key.</summary>
    SignatureWrong,

    /// <summary>The id is not the hash of message and signature.</summary>
    IdWrong,

    /// <summary>The HashTimer is not the unsigned one of these fields.</summary>
    HashTimerWrong,

    /// <summary>The handle's owner is not the sender.</summary>
    HandleOwnerWrong,

    /// <summary>The trimmed handle does not start with '@', has no '.', or has at most three bytes.</summary>
    HandleMalformed,

    /// <summary>The handle's signature has another length than 64 bytes.</summary>
    HandleSignatureLength,

    /// <summary>The time lies in the future.</summary>
    FromTheFuture,
}

public sealed partial record Transaction
{
    /// <summary>Whether every rule is met at <paramref name="nowUs"/> (microseconds since the Unix epoch).</summary>
    public bool IsValid(ulong nowUs) => Validate(nowUs) == TransactionFault.None;

    /// <summary>The first rule that is broken at <paramref name="nowUs"/> (microseconds since the Unix epoch), or none.</summary>
    /// <remarks>
    /// Source: wire specification, section 3.3. One deliberate difference from upstream: small-order and non-canonical keys and points are refused, for anybody can sign in the name of
    /// a small-order key.
    /// </remarks>
    public TransactionFault Validate(ulong nowUs)
    {
        if (Visibility == TransactionVisibility.Confidential)
        {
            if (Confidential is null || Proof is null) return TransactionFault.ConfidentialPartMissing;
        }
        else if (HandleOperation is null)
        {
            if (Amount == UInt128.Zero) return TransactionFault.AmountZero;
            if (From == To) return TransactionFault.SelfTransfer;
        }

        var fault = ValidateSignatureAndId();
        if (fault != TransactionFault.None) return fault;
        if (!HashTimer.IsUnsigned(TimestampUs, ComputeEntropy())) return TransactionFault.HashTimerWrong;
        if (HandleOperation is not null)
        {
            fault = ValidateHandle(HandleOperation);
            if (fault != TransactionFault.None) return fault;
        }

        return HashTimer.TimeUs <= nowUs ? TransactionFault.None : TransactionFault.FromTheFuture;
    }

    /// <summary>Whether the signature is the sender's over the message bytes; nothing else is looked at.</summary>
    public bool VerifySignature()
    {
        var message = new BytesBuilder(stackalloc byte[512]);
        WriteMessage(ref message);
        var from = From;
        var valid = Ed25519.Verify(from.AsSpan(), message.Written, Signature.AsSpan());
        message.Dispose();
        return valid;
    }

    private TransactionFault ValidateSignatureAndId()
    {
        var message = new BytesBuilder(stackalloc byte[512]);
        WriteMessage(ref message);
        var messageLength = message.Length;
        message.Add(Signature.AsSpan());

        // The signature is checked first, as upstream does; the hash shares the bytes.
        var from = From;
        var fault = TransactionFault.None;
        if (!Ed25519.Verify(from.AsSpan(), message.Written[..messageLength], Signature.AsSpan())) fault = TransactionFault.SignatureWrong;
        else if (Blake3.Hash(message.Written) != Id) fault = TransactionFault.IdWrong;
        message.Dispose();
        return fault;
    }

    private TransactionFault ValidateHandle(HandleRegistration registration)
    {
        if (registration.Owner != From) return TransactionFault.HandleOwnerWrong;
        var handle = registration.Handle.AsSpan().Trim();
        if (!handle.StartsWith('@') || !handle.Contains('.') || Encoding.UTF8.GetByteCount(handle) <= 3) return TransactionFault.HandleMalformed;
        return registration.Signature.Count == SignatureSize ? TransactionFault.None : TransactionFault.HandleSignatureLength;
    }
}
