using System.Diagnostics.CodeAnalysis;
using IppanFleet.Ippan.Json;

namespace IppanFleet.Ippan;

public sealed partial record HandleRegistration
{
    // The tag is a field like the others: there is one variant only, and it may stand anywhere.
    private static readonly FieldNames Fields = new("kind", "handle", "owner", "metadata?", "expires_at?", "signature");

    private static readonly FieldNames Kinds = new("register");

    internal static bool TryRead(ref JsonCursor json, [NotNullWhen(true)] out HandleRegistration? value)
    {
        value = null;
        string? handle = null;
        Hash32 owner = default;
        var metadata = TextMap.Empty;
        ulong? expiry = null;
        ValueList<byte> signature = default;
        if (!json.BeginStruct(out var fields)) return false;
        while (json.NextField(ref fields, Fields, out var field))
        {
            var read = field switch
            {
                0 => json.ReadVariantName(Kinds, out _),
                1 => json.ReadString(out handle),
                2 => json.ReadHash(out owner),
                3 => json.ReadTextMap(out metadata),
                4 => json.ReadOptionalUInt64(out expiry),
                _ => json.ReadByteListOrString(out signature),
            };
            if (!read) return json.Within(Fields[field]);
        }

        if (!json.EndStruct(fields, Fields)) return false;
        value = new HandleRegistration { Handle = handle!, Owner = owner, Metadata = metadata, ExpiresAt = expiry, Signature = signature };
        return true;
    }

    internal void WriteTo(ref JsonText json)
    {
        json.Raw("{\"kind\":\"register\",\"handle\":"u8);
        json.String(Handle);
        json.Raw(",\"owner\":"u8);
        json.Hash(Owner);
        json.Raw(",\"metadata\":"u8);
        json.Map(Metadata);
        json.Raw(",\"expires_at\":"u8);
        if (ExpiresAt is { } expiry) json.Number(expiry);
        else json.Raw("null"u8);
        json.Raw(",\"signature\":"u8);
        json.Bytes(Signature.AsSpan());
        json.Raw("}"u8);
    }
}

public sealed partial record ConfidentialEnvelope
{
    private static readonly FieldNames Fields = new("enc_algo", "iv", "ciphertext", "access_keys");

    internal static bool TryRead(ref JsonCursor json, [NotNullWhen(true)] out ConfidentialEnvelope? value)
    {
        value = null;
        string? algorithm = null, iv = null, ciphertext = null;
        ValueList<AccessKey> keys = default;
        if (!json.BeginStruct(out var fields)) return false;
        while (json.NextField(ref fields, Fields, out var field))
        {
            var read = field switch
            {
                0 => json.ReadString(out algorithm),
                1 => json.ReadString(out iv),
                2 => json.ReadString(out ciphertext),
                _ => json.ReadList(AccessKey.TryRead, out keys),
            };
            if (!read) return json.Within(Fields[field]);
        }

        if (!json.EndStruct(fields, Fields)) return false;
        value = new ConfidentialEnvelope { Algorithm = algorithm!, Iv = iv!, Ciphertext = ciphertext!, AccessKeys = keys };
        return true;
    }

    internal void WriteTo(ref JsonText json)
    {
        json.Raw("{\"enc_algo\":"u8);
        json.String(Algorithm);
        json.Raw(",\"iv\":"u8);
        json.String(Iv);
        json.Raw(",\"ciphertext\":"u8);
        json.String(Ciphertext);
        json.Raw(",\"access_keys\":["u8);
        for (var i = 0; i < AccessKeys.Count; i++)
        {
            if (i > 0) json.Raw(","u8);
            json.Raw("{\"recipient_pub\":"u8);
            json.String(AccessKeys[i].RecipientPublicKey);
            json.Raw(",\"enc_key\":"u8);
            json.String(AccessKeys[i].EncryptedKey);
            json.Raw("}"u8);
        }

        json.Raw("]}"u8);
    }
}

public sealed partial record AccessKey
{
    private static readonly FieldNames Fields = new("recipient_pub", "enc_key");

    internal static bool TryRead(ref JsonCursor json, [NotNullWhen(true)] out AccessKey? value)
    {
        value = null;
        string? recipient = null, key = null;
        if (!json.BeginStruct(out var fields)) return false;
        while (json.NextField(ref fields, Fields, out var field))
        {
            if (!(field == 0 ? json.ReadString(out recipient) : json.ReadString(out key))) return json.Within(Fields[field]);
        }

        if (!json.EndStruct(fields, Fields)) return false;
        value = new AccessKey(recipient!, key!);
        return true;
    }
}

public sealed partial record StarkProof
{
    private static readonly FieldNames Fields = new("proof_type", "proof", "public_inputs?");

    private static readonly FieldNames Types = new("stark");

    internal static bool TryRead(ref JsonCursor json, [NotNullWhen(true)] out StarkProof? value)
    {
        value = null;
        string? proof = null;
        var inputs = TextMap.Empty;
        if (!json.BeginStruct(out var fields)) return false;
        while (json.NextField(ref fields, Fields, out var field))
        {
            var read = field switch
            {
                0 => json.ReadUnitVariant(Types, out _),
                1 => json.ReadString(out proof),
                _ => json.ReadTextMap(out inputs),
            };
            if (!read) return json.Within(Fields[field]);
        }

        if (!json.EndStruct(fields, Fields)) return false;
        value = new StarkProof { Proof = proof!, PublicInputs = inputs };
        return true;
    }

    internal void WriteTo(ref JsonText json)
    {
        json.Raw("{\"proof_type\":\"stark\",\"proof\":"u8);
        json.String(Proof);
        if (!PublicInputs.Entries.IsEmpty)
        {
            json.Raw(",\"public_inputs\":"u8);
            json.Map(PublicInputs);
        }

        json.Raw("}"u8);
    }
}
