namespace IppanFleet.Ippan;

/// <summary>The registration of a handle such as <c>@user.ipn</c>: the one handle operation there is (JSON tag <c>"kind":"register"</c>).</summary>
public sealed partial record HandleRegistration
{
    /// <summary>The handle as sent, untrimmed.</summary>
    public required string Handle { get; init; }

    /// <summary>The owner's key.</summary>
    public required Hash32 Owner { get; init; }

    /// <summary>What the owner says about it.</summary>
    public TextMap Metadata { get; init; } = TextMap.Empty;

    /// <summary>Seconds since the Unix epoch after which it lapses; null for never.</summary>
    public ulong? ExpiresAt { get; init; }

    /// <summary>The owner's signature: 64 bytes in a valid transaction, which does not check it further.</summary>
    public required ValueList<byte> Signature { get; init; }
}

/// <summary>An encrypted payload and the keys to it. Its texts are opaque here.</summary>
public sealed partial record ConfidentialEnvelope
{
    /// <summary>Name of the cipher.</summary>
    public required string Algorithm { get; init; }

    /// <summary>The initialisation vector.</summary>
    public required string Iv { get; init; }

    /// <summary>The encrypted payload.</summary>
    public required string Ciphertext { get; init; }

    /// <summary>One entry for each reader.</summary>
    public ValueList<AccessKey> AccessKeys { get; init; }
}

/// <summary>The payload's key, encrypted to one reader.</summary>
public sealed partial record AccessKey(string RecipientPublicKey, string EncryptedKey);

/// <summary>A STARK proof about an encrypted payload (JSON <c>"proof_type":"stark"</c>). Its texts are opaque here.</summary>
public sealed partial record StarkProof
{
    /// <summary>The proof.</summary>
    public required string Proof { get; init; }

    /// <summary>What it is a proof about.</summary>
    public TextMap PublicInputs { get; init; } = TextMap.Empty;
}
