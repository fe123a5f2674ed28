using System.Diagnostics.CodeAnalysis;
using IppanFleet.Ippan.Json;

namespace IppanFleet.Ippan;

public sealed partial record Transaction
{
    private static readonly FieldNames Fields = new(
        "id", "from", "to", "amount", "nonce", "hashtimer", "timestamp", "visibility", "topics?", "handle_op?", "confidential?", "zk_proof?", "signature");

    private static readonly FieldNames Visibilities = new("public", "confidential");

    /// <summary>Reads the JSON form. Whatever the bytes are, nothing is thrown.</summary>
    /// <param name="utf8">The text.</param>
    /// <param name="value">The transaction, of the right shape; whether it is valid is another question.</param>
    /// <param name="error">What is wrong, where, and what was expected.</param>
    /// <param name="maximumBytes">A longer text is refused unread. Default 512 KiB.</param>
    public static bool TryDecode(ReadOnlySpan<byte> utf8, [NotNullWhen(true)] out Transaction? value, [NotNullWhen(false)] out string? error, int maximumBytes = NetworkMessage.MaxBytes) =>
        JsonDecoder.TryDecode(utf8, maximumBytes, TryRead, out value, out error);

    /// <summary>The JSON form, byte for byte as upstream writes it.</summary>
    public byte[] Encode() => JsonEncoder.Encode(this, static (Transaction value, ref JsonText json) => value.WriteTo(ref json));

    internal static bool TryRead(ref JsonCursor json, [NotNullWhen(true)] out Transaction? value)
    {
        value = null;
        Hash32 id = default, from = default, to = default;
        UInt128 amount = default;
        ulong nonce = 0, timestamp = 0;
        HashTimer? hashTimer = null;
        var visibility = 0;
        ValueList<string> topics = default;
        HandleRegistration? handle = null;
        ConfidentialEnvelope? envelope = null;
        StarkProof? proof = null;
        ValueList<byte> signature = default;
        if (!json.BeginStruct(out var fields)) return false;
        while (json.NextField(ref fields, Fields, out var field))
        {
            var read = field switch
            {
                0 => json.ReadHash(out id),
                1 => json.ReadHash(out from),
                2 => json.ReadHash(out to),
                3 => json.ReadUInt128(out amount),
                4 => json.ReadUInt64(out nonce),
                5 => HashTimer.TryRead(ref json, out hashTimer),
                6 => json.ReadUInt64(out timestamp),
                7 => json.ReadUnitVariant(Visibilities, out visibility),
                8 => json.ReadStringList(out topics),
                9 => json.TryReadNull() || HandleRegistration.TryRead(ref json, out handle),
                10 => json.TryReadNull() || ConfidentialEnvelope.TryRead(ref json, out envelope),
                11 => json.TryReadNull() || StarkProof.TryRead(ref json, out proof),
                _ => json.ReadByteListOrString(SignatureSize, out signature),
            };
            if (!read) return json.Within(Fields[field]);
        }

        if (!json.EndStruct(fields, Fields)) return false;
        value = new Transaction
        {
            Id = id,
            From = from,
            To = to,
            Amount = amount,
            Nonce = nonce,
            HashTimer = hashTimer!,
            TimestampUs = timestamp,
            Visibility = (TransactionVisibility)visibility,
            Topics = topics,
            HandleOperation = handle,
            Confidential = envelope,
            Proof = proof,
            Signature = signature,
        };
        return true;
    }

    internal void WriteTo(ref JsonText json)
    {
        json.Raw("{\"id\":"u8);
        json.Hash(Id);
        json.Raw(",\"from\":"u8);
        json.Hash(From);
        json.Raw(",\"to\":"u8);
        json.Hash(To);
        json.Raw(",\"amount\":"u8);
        json.Number(Amount);
        json.Raw(",\"nonce\":"u8);
        json.Number(Nonce);
        json.Raw(",\"hashtimer\":"u8);
        HashTimer.WriteTo(ref json);
        json.Raw(",\"timestamp\":"u8);
        json.Number(TimestampUs);
        json.Raw(Visibility == TransactionVisibility.Public ? ",\"visibility\":\"public\""u8 : ",\"visibility\":\"confidential\""u8);
        if (!Topics.IsEmpty)
        {
            json.Raw(",\"topics\":"u8);
            json.Strings(Topics);
        }

        if (HandleOperation is not null)
        {
            json.Raw(",\"handle_op\":"u8);
            HandleOperation.WriteTo(ref json);
        }

        if (Confidential is not null)
        {
            json.Raw(",\"confidential\":"u8);
            Confidential.WriteTo(ref json);
        }

        if (Proof is not null)
        {
            json.Raw(",\"zk_proof\":"u8);
            Proof.WriteTo(ref json);
        }

        json.Raw(",\"signature\":"u8);
        json.Bytes(Signature.AsSpan());
        json.Raw("}"u8);
    }
}
