namespace IppanFleet.Ippan;

/// <summary>An optional part of a transaction as it stands in the signed bytes (wire specification, section 3.2).</summary>
internal interface ISignedPart
{
    void WriteTo(ref BytesBuilder bytes);
}

public sealed partial record HandleRegistration : ISignedPart
{
    void ISignedPart.WriteTo(ref BytesBuilder bytes)
    {
        bytes.Add(0); // the operation's number: register
        bytes.AddPrefixed(Handle);
        bytes.Add(Owner);
        bytes.Add(ExpiresAt is null ? (byte)0 : (byte)1);
        if (ExpiresAt is { } expiry) bytes.AddBigEndian(expiry);
        SignedText.Write(ref bytes, Metadata);
        bytes.AddPrefixed(Signature.AsSpan());
    }
}

public sealed partial record ConfidentialEnvelope : ISignedPart
{
    void ISignedPart.WriteTo(ref BytesBuilder bytes)
    {
        bytes.AddPrefixed(Algorithm);
        bytes.AddPrefixed(Iv);
        bytes.AddPrefixed(Ciphertext);
        bytes.AddBigEndian((uint)AccessKeys.Count);
        foreach (var key in AccessKeys)
        {
            bytes.AddPrefixed(key.RecipientPublicKey);
            bytes.AddPrefixed(key.EncryptedKey);
        }
    }
}

public sealed partial record StarkProof : ISignedPart
{
    void ISignedPart.WriteTo(ref BytesBuilder bytes)
    {
        bytes.Add(0); // the proof system's number: stark
        bytes.AddPrefixed(Proof);
        SignedText.Write(ref bytes, PublicInputs);
    }
}

internal static class SignedText
{
    public static void Write(ref BytesBuilder bytes, TextMap map)
    {
        bytes.AddBigEndian((uint)map.Entries.Count);
        foreach (var entry in map.Entries)
        {
            bytes.AddPrefixed(entry.Key);
            bytes.AddPrefixed(entry.Value);
        }
    }
}
