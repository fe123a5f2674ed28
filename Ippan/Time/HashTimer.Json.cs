using System.Diagnostics.CodeAnalysis;
using IppanFleet.Ippan.Json;

namespace IppanFleet.Ippan;

public sealed partial record HashTimer
{
    private static readonly FieldNames Fields = new("timestamp_us", "entropy", "signature", "public_key");

    /// <summary>Reads the JSON form. Whatever the bytes are, nothing is thrown.</summary>
    /// <param name="utf8">The text.</param>
    /// <param name="value">The timer.</param>
    /// <param name="error">What is wrong, where, and what was expected.</param>
    /// <param name="maximumBytes">A longer text is refused unread. Default 512 KiB.</param>
    public static bool TryDecode(ReadOnlySpan<byte> utf8, [NotNullWhen(true)] out HashTimer? value, [NotNullWhen(false)] out string? error, int maximumBytes = NetworkMessage.MaxBytes) =>
        JsonDecoder.TryDecode(utf8, maximumBytes, TryRead, out value, out error);

    /// <summary>The JSON form, byte for byte as upstream writes it.</summary>
    public byte[] Encode() => JsonEncoder.Encode(this, static (HashTimer value, ref JsonText json) => value.WriteTo(ref json));

    internal static bool TryRead(ref JsonCursor json, [NotNullWhen(true)] out HashTimer? value)
    {
        value = null;
        long timestamp = 0;
        Hash32 entropy = default;
        ValueList<byte> signature = default;
        ValueList<byte> publicKey = default;
        if (!json.BeginStruct(out var fields)) return false;
        while (json.NextField(ref fields, Fields, out var field))
        {
            var read = field switch
            {
                0 => json.ReadInt64(out timestamp),
                1 => json.ReadHash(out entropy),
                2 => json.ReadByteList(out signature),
                _ => json.ReadByteList(out publicKey),
            };
            if (!read) return json.Within(Fields[field]);
        }

        if (!json.EndStruct(fields, Fields)) return false;
        value = new HashTimer { TimestampUs = timestamp, Entropy = entropy, Signature = signature, PublicKey = publicKey };
        return true;
    }

    internal void WriteTo(ref JsonText json)
    {
        json.Raw("{\"timestamp_us\":"u8);
        json.Number(TimestampUs);
        json.Raw(",\"entropy\":"u8);
        json.Hash(Entropy);
        json.Raw(",\"signature\":"u8);
        json.Bytes(Signature.AsSpan());
        json.Raw(",\"public_key\":"u8);
        json.Bytes(PublicKey.AsSpan());
        json.Raw("}"u8);
    }
}
