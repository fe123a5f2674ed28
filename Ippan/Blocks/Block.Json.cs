using System.Diagnostics.CodeAnalysis;
using IppanFleet.Ippan.Json;

namespace IppanFleet.Ippan;

public sealed partial record Block
{
    private static readonly FieldNames Fields = new("header", "signature?", "transactions?", "prev_hashes?");

    /// <summary>Reads the JSON form. Whatever the bytes are, nothing is thrown.</summary>
    /// <param name="utf8">The text.</param>
    /// <param name="value">The block, of the right shape; whether it is valid is another question.</param>
    /// <param name="error">What is wrong, where, and what was expected.</param>
    /// <param name="maximumBytes">A longer text is refused unread. Default 512 KiB.</param>
    public static bool TryDecode(ReadOnlySpan<byte> utf8, [NotNullWhen(true)] out Block? value, [NotNullWhen(false)] out string? error, int maximumBytes = NetworkMessage.MaxBytes) =>
        JsonDecoder.TryDecode(utf8, maximumBytes, TryRead, out value, out error);

    /// <summary>The JSON form, byte for byte as upstream writes it.</summary>
    public byte[] Encode() => JsonEncoder.Encode(this, static (Block value, ref JsonText json) => value.WriteTo(ref json));

    internal static bool TryRead(ref JsonCursor json, [NotNullWhen(true)] out Block? value)
    {
        value = null;
        BlockHeader? header = null;
        ValueList<byte> signature = default;
        ValueList<Transaction> transactions = default;
        ValueList<string> previous = default;
        if (!json.BeginStruct(out var fields)) return false;
        while (json.NextField(ref fields, Fields, out var field))
        {
            var read = field switch
            {
                0 => BlockHeader.TryRead(ref json, out header),
                1 => json.ReadByteListOrString(out signature),
                2 => json.ReadList(Transaction.TryRead, out transactions),
                _ => json.ReadStringList(out previous),
            };
            if (!read) return json.Within(Fields[field]);
        }

        if (!json.EndStruct(fields, Fields)) return false;
        value = new Block { Header = header!, Signature = signature, Transactions = transactions, PreviousHashes = previous };
        return true;
    }

    internal void WriteTo(ref JsonText json)
    {
        json.Raw("{\"header\":"u8);
        Header.WriteTo(ref json);
        if (!Signature.IsEmpty)
        {
            json.Raw(",\"signature\":"u8);
            json.Bytes(Signature.AsSpan());
        }

        json.Raw(",\"transactions\":["u8);
        for (var i = 0; i < Transactions.Count; i++)
        {
            if (i > 0) json.Raw(","u8);
            Transactions[i].WriteTo(ref json);
        }

        json.Raw("],\"prev_hashes\":"u8);
        json.Strings(PreviousHashes);
        json.Raw("}"u8);
    }
}
