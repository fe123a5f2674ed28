using System.Diagnostics.CodeAnalysis;
using IppanFleet.Ippan.Json;

namespace IppanFleet.Ippan;

public abstract partial record NetworkMessage
{
    private static readonly FieldNames Kinds = new("Block", "Transaction", "BlockRequest", "BlockResponse", "PeerInfo", "PeerDiscovery");
    private static readonly FieldNames RequestFields = new("hash");
    private static readonly FieldNames PeerInfoFields = new("peer_id", "addresses", "time_us?");
    private static readonly FieldNames DiscoveryFields = new("peers");

    /// <summary>Reads the JSON form. Whatever the bytes are, nothing is thrown.</summary>
    /// <param name="utf8">The text.</param>
    /// <param name="value">The message, of the right shape; whether what it carries is valid is another question.</param>
    /// <param name="error">What is wrong, where, and what was expected.</param>
    /// <param name="maximumBytes">A longer text is refused unread. Default 512 KiB.</param>
    public static bool TryDecode(ReadOnlySpan<byte> utf8, [NotNullWhen(true)] out NetworkMessage? value, [NotNullWhen(false)] out string? error, int maximumBytes = NetworkMessage.MaxBytes) =>
        JsonDecoder.TryDecode(utf8, maximumBytes, TryRead, out value, out error);

    /// <summary>The JSON form, byte for byte as upstream writes it.</summary>
    public byte[] Encode() => JsonEncoder.Encode(this, static (NetworkMessage value, ref JsonText json) => value.WriteTo(ref json));

    private static bool TryRead(ref JsonCursor json, [NotNullWhen(true)] out NetworkMessage? value)
    {
        value = null;
        if (!json.BeginVariant(Kinds, out var kind)) return false;
        var read = kind switch
        {
            0 => TryReadBlock(ref json, isResponse: false, out value),
            1 => TryReadTransaction(ref json, out value),
            2 => TryReadRequest(ref json, out value),
            3 => TryReadBlock(ref json, isResponse: true, out value),
            4 => TryReadPeerInfo(ref json, out value),
            _ => TryReadDiscovery(ref json, out value),
        };
        return read ? json.ReadVariantEnd() : json.Within(Kinds[kind]);
    }

    private static bool TryReadBlock(ref JsonCursor json, bool isResponse, out NetworkMessage? value)
    {
        value = null;
        if (!Block.TryRead(ref json, out var block)) return false;
        value = isResponse ? new BlockResponseMessage(block) : new BlockMessage(block);
        return true;
    }

    private static bool TryReadTransaction(ref JsonCursor json, out NetworkMessage? value)
    {
        value = Transaction.TryRead(ref json, out var transaction) ? new TransactionMessage(transaction) : null;
        return value is not null;
    }

    private static bool TryReadRequest(ref JsonCursor json, out NetworkMessage? value)
    {
        value = null;
        Hash32 hash = default;
        if (!json.BeginStruct(out var fields)) return false;
        while (json.NextField(ref fields, RequestFields, out var field))
        {
            if (!json.ReadHash(out hash)) return json.Within(RequestFields[field]);
        }

        if (!json.EndStruct(fields, RequestFields)) return false;
        value = new BlockRequestMessage(hash);
        return true;
    }

    private static bool TryReadPeerInfo(ref JsonCursor json, out NetworkMessage? value)
    {
        value = null;
        string? peerId = null;
        ValueList<string> addresses = default;
        ulong? time = null;
        if (!json.BeginStruct(out var fields)) return false;
        while (json.NextField(ref fields, PeerInfoFields, out var field))
        {
            var read = field switch
            {
                0 => json.ReadString(out peerId),
                1 => json.ReadStringList(out addresses),
                _ => json.ReadOptionalUInt64(out time),
            };
            if (!read) return json.Within(PeerInfoFields[field]);
        }

        if (!json.EndStruct(fields, PeerInfoFields)) return false;
        value = new PeerInfoMessage(new PeerInfo(peerId!, addresses, time));
        return true;
    }

    private static bool TryReadDiscovery(ref JsonCursor json, out NetworkMessage? value)
    {
        value = null;
        ValueList<string> peers = default;
        if (!json.BeginStruct(out var fields)) return false;
        while (json.NextField(ref fields, DiscoveryFields, out var field))
        {
            if (!json.ReadStringList(out peers)) return json.Within(DiscoveryFields[field]);
        }

        if (!json.EndStruct(fields, DiscoveryFields)) return false;
        value = new PeerDiscoveryMessage(peers);
        return true;
    }

    private void WriteTo(ref JsonText json)
    {
        switch (this)
        {
            case BlockMessage message:
                json.Raw("{\"Block\":"u8);
                message.Block.WriteTo(ref json);
                break;
            case TransactionMessage message:
                json.Raw("{\"Transaction\":"u8);
                message.Transaction.WriteTo(ref json);
                break;
            case BlockRequestMessage message:
                json.Raw("{\"BlockRequest\":{\"hash\":"u8);
                json.Hash(message.Hash);
                json.Raw("}"u8);
                break;
            case BlockResponseMessage message:
                json.Raw("{\"BlockResponse\":"u8);
                message.Block.WriteTo(ref json);
                break;
            case PeerInfoMessage message:
                Write(ref json, message.PeerInfo);
                break;
            case PeerDiscoveryMessage message:
                json.Raw("{\"PeerDiscovery\":{\"peers\":"u8);
                json.Strings(message.Peers);
                json.Raw("}"u8);
                break;
        }

        json.Raw("}"u8);
    }

    private static void Write(ref JsonText json, PeerInfo info)
    {
        json.Raw("{\"PeerInfo\":{\"peer_id\":"u8);
        json.String(info.PeerId);
        json.Raw(",\"addresses\":"u8);
        json.Strings(info.Addresses);
        json.Raw(",\"time_us\":"u8);
        if (info.TimeUs is { } time) json.Number(time);
        else json.Raw("null"u8);
        json.Raw("}"u8);
    }
}
