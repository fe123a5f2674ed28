using IppanFleet.Libp2p.Protobuf;

namespace IppanFleet.Libp2p.Protocols.GossipSub;

/// <summary>Walks over an RPC without allocating anything; what a part costs is its visitor's decision.</summary>
internal static class RpcWalker
{
    public static RpcFault Walk<TVisitor>(ReadOnlySpan<byte> rpc, ref TVisitor visitor)
        where TVisitor : struct, IRpcVisitor, allows ref struct
    {
        var reader = new ProtoReader(rpc);
        while (reader.TryReadField(out var field, out var type))
        {
            var known = field is RpcFields.Subscriptions or RpcFields.Publish or RpcFields.Control;
            if (!known)
            {
                reader.TrySkip(type);
                continue;
            }
            if (type != WireType.Bytes || !reader.TryReadBytes(out var part)) return RpcFault.Malformed;
            var fault = field switch
            {
                RpcFields.Subscriptions => Subscription(part, ref visitor),
                RpcFields.Publish => visitor.Message(rpc.Length - reader.Remaining - part.Length, part.Length) ? RpcFault.None : RpcFault.Refused,
                _ => Control(part, ref visitor),
            };
            if (fault != RpcFault.None) return fault;
        }
        return reader.Failed ? RpcFault.Malformed : RpcFault.None;
    }

    private static RpcFault Subscription<TVisitor>(ReadOnlySpan<byte> part, ref TVisitor visitor)
        where TVisitor : struct, IRpcVisitor, allows ref struct
    {
        var subscribe = 0UL;
        ReadOnlySpan<byte> topic = default;
        var reader = new ProtoReader(part);
        while (reader.TryReadField(out var field, out var type))
        {
            var read = (field, type) switch
            {
                (RpcFields.SubscriptionIsSubscribe, WireType.Varint) => reader.TryReadVarint(out subscribe),
                (RpcFields.SubscriptionTopic, WireType.Bytes) => reader.TryReadBytes(out topic),
                (RpcFields.SubscriptionIsSubscribe or RpcFields.SubscriptionTopic, _) => false,
                _ => reader.TrySkip(type),
            };
            if (!read) return RpcFault.Malformed;
        }
        if (reader.Failed) return RpcFault.Malformed;
        return visitor.Subscription(topic, subscribe != 0) ? RpcFault.None : RpcFault.Refused;
    }

    private static RpcFault Control<TVisitor>(ReadOnlySpan<byte> part, ref TVisitor visitor)
        where TVisitor : struct, IRpcVisitor, allows ref struct
    {
        var reader = new ProtoReader(part);
        while (reader.TryReadField(out var field, out var type))
        {
            if (field is < RpcFields.ControlIHave or > RpcFields.ControlIDontWant)
            {
                reader.TrySkip(type);
                continue;
            }
            if (type != WireType.Bytes || !reader.TryReadBytes(out var entry)) return RpcFault.Malformed;
            var idField = field switch { RpcFields.ControlIHave => RpcFields.IHaveIds, RpcFields.ControlIWant => RpcFields.IWantIds, RpcFields.ControlIDontWant => RpcFields.IDontWantIds, _ => 0 };
            if (!TryReadEntry(entry, idField, out var topic, out var ids, out var backoff)) return RpcFault.Malformed;
            var list = new MessageIdList(entry, idField, ids);
            var goOn = field switch
            {
                RpcFields.ControlIHave => visitor.IHave(topic, list),
                RpcFields.ControlIWant => visitor.IWant(list),
                RpcFields.ControlGraft => visitor.Graft(topic),
                RpcFields.ControlPrune => visitor.Prune(topic, backoff),
                _ => visitor.IDontWant(list),
            };
            if (!goOn) return RpcFault.Refused;
        }
        return reader.Failed ? RpcFault.Malformed : RpcFault.None;
    }

    /// <summary>Checks one entry to its end and counts its ids, so that enumerating them later cannot fail.</summary>
    private static bool TryReadEntry(ReadOnlySpan<byte> entry, int idField, out ReadOnlySpan<byte> topic, out int ids, out ulong backoff)
    {
        topic = default;
        ids = 0;
        backoff = 0;
        var reader = new ProtoReader(entry);
        while (reader.TryReadField(out var field, out var type))
        {
            bool read;
            if (field == idField)
            {
                ids++;
                read = type == WireType.Bytes && reader.TryReadBytes(out _);
            }
            else if (field == RpcFields.EntryTopic)
            {
                read = type == WireType.Bytes && reader.TryReadBytes(out topic);
            }
            else if (field == RpcFields.PruneBackoff && type == WireType.Varint)
            {
                read = reader.TryReadVarint(out backoff);
            }
            else
            {
                read = reader.TrySkip(type);
            }
            if (!read) return false;
        }
        return !reader.Failed;
    }
}
