using System.Diagnostics.CodeAnalysis;
using IppanFleet.Ippan.Json;

namespace IppanFleet.Ippan;

public sealed partial record DagVertexAnnouncement
{
    private static readonly FieldNames Fields = new("block_id", "parent_ids", "round", "width_hint");

    /// <summary>Reads the JSON form. Whatever the bytes are, nothing is thrown.</summary>
    /// <param name="utf8">The text.</param>
    /// <param name="value">The announcement.</param>
    /// <param name="error">What is wrong, where, and what was expected.</param>
    /// <param name="maximumBytes">A longer text is refused unread. Default 512 KiB.</param>
    public static bool TryDecode(ReadOnlySpan<byte> utf8, [NotNullWhen(true)] out DagVertexAnnouncement? value, [NotNullWhen(false)] out string? error, int maximumBytes = NetworkMessage.MaxBytes) =>
        JsonDecoder.TryDecode(utf8, maximumBytes, TryRead, out value, out error);

    /// <summary>The JSON form.</summary>
    public byte[] Encode() => JsonEncoder.Encode(this, static (DagVertexAnnouncement value, ref JsonText json) => value.WriteTo(ref json));

    internal static bool TryRead(ref JsonCursor json, [NotNullWhen(true)] out DagVertexAnnouncement? value)
    {
        value = null;
        Hash32 id = default;
        ValueList<Hash32> parents = default;
        ulong round = 0;
        uint width = 0;
        if (!json.BeginStruct(out var fields)) return false;
        while (json.NextField(ref fields, Fields, out var field))
        {
            var read = field switch
            {
                0 => json.ReadHash(out id),
                1 => json.ReadHashList(out parents),
                2 => json.ReadUInt64(out round),
                _ => json.ReadUInt32(out width),
            };
            if (!read) return json.Within(Fields[field]);
        }

        if (!json.EndStruct(fields, Fields)) return false;
        value = new DagVertexAnnouncement(id, parents, round, width);
        return true;
    }

    internal void WriteTo(ref JsonText json)
    {
        json.Raw("{\"block_id\":"u8);
        json.Hash(BlockId);
        json.Raw(",\"parent_ids\":"u8);
        json.Hashes(ParentIds);
        json.Raw(",\"round\":"u8);
        json.Number(Round);
        json.Raw(",\"width_hint\":"u8);
        json.Number(WidthHint);
        json.Raw("}"u8);
    }
}
