using IppanFleet.Libp2p.Protobuf;

namespace IppanFleet.Libp2p.Protocols.GossipSub;

/// <summary>Encodes entries of the control part of an RPC (GossipSub 1.0 to 1.2 §Protobuf).</summary>
internal static class ControlEncoder
{
    /// <summary>Room that the RPC and the entry's own head need around the ids.</summary>
    private const int Overhead = 64;

    public static void WriteGraft(ProtoWriter output, TopicState topic)
    {
        output.WriteHeader(RpcFields.ControlGraft, ProtoWriter.SizeOfBytes(RpcFields.EntryTopic, topic.Utf8.Length));
        output.WriteBytes(RpcFields.EntryTopic, topic.Utf8);
    }

    /// <summary>A PRUNE with its backoff in whole seconds, rounded up. No peers are exchanged.</summary>
    public static void WritePrune(ProtoWriter output, TopicState topic, TimeSpan backoff)
    {
        var seconds = (ulong)Math.Ceiling(backoff.TotalSeconds);
        output.WriteHeader(RpcFields.ControlPrune, ProtoWriter.SizeOfBytes(RpcFields.EntryTopic, topic.Utf8.Length) + ProtoWriter.SizeOfVarint(RpcFields.PruneBackoff, seconds));
        output.WriteBytes(RpcFields.EntryTopic, topic.Utf8);
        output.WriteVarint(RpcFields.PruneBackoff, seconds);
    }

    public static void WriteSubscription(ProtoWriter output, TopicState topic, bool subscribe)
    {
        output.WriteHeader(RpcFields.Subscriptions, SizeOfSubscription(topic));
        output.WriteVarint(RpcFields.SubscriptionIsSubscribe, subscribe ? 1UL : 0UL);
        output.WriteBytes(RpcFields.SubscriptionTopic, topic.Utf8);
    }

    public static int SizeOfSubscription(TopicState topic) => ProtoWriter.SizeOfVarint(RpcFields.SubscriptionIsSubscribe, 1) + ProtoWriter.SizeOfBytes(RpcFields.SubscriptionTopic, topic.Utf8.Length);

    public static byte[] IDontWant(ReadOnlySpan<MessageId> ids) => Entry(RpcFields.ControlIDontWant, [], RpcFields.IDontWantIds, ids);

    /// <summary>IHAVE entries of at most <paramref name="limit"/> bytes each.</summary>
    public static List<byte[]> IHave(TopicState topic, ReadOnlySpan<MessageId> ids, int limit) => Entries(RpcFields.ControlIHave, topic.Utf8, RpcFields.IHaveIds, ids, limit);

    /// <summary>IWANT entries of at most <paramref name="limit"/> bytes each.</summary>
    public static List<byte[]> IWant(ReadOnlySpan<MessageId> ids, int limit) => Entries(RpcFields.ControlIWant, [], RpcFields.IWantIds, ids, limit);

    private static List<byte[]> Entries(int entryField, ReadOnlySpan<byte> topic, int idField, ReadOnlySpan<MessageId> ids, int limit)
    {
        var entries = new List<byte[]>(1);
        while (!ids.IsEmpty)
        {
            var (count, size) = (0, Overhead + topic.Length);
            while (count < ids.Length && (count == 0 || size + ProtoWriter.SizeOfBytes(idField, ids[count].Length) <= limit)) size += ProtoWriter.SizeOfBytes(idField, ids[count++].Length);
            entries.Add(Entry(entryField, topic, idField, ids[..count]));
            ids = ids[count..];
        }
        return entries;
    }

    private static byte[] Entry(int entryField, ReadOnlySpan<byte> topic, int idField, ReadOnlySpan<MessageId> ids)
    {
        var content = topic.IsEmpty ? 0 : ProtoWriter.SizeOfBytes(RpcFields.EntryTopic, topic.Length);
        foreach (ref readonly var id in ids) content += ProtoWriter.SizeOfBytes(idField, id.Length);
        var output = new ExactWriter(ProtoWriter.SizeOfBytes(entryField, content));
        var writer = new ProtoWriter(output);
        writer.WriteHeader(entryField, content);
        if (!topic.IsEmpty) writer.WriteBytes(RpcFields.EntryTopic, topic);
        Span<byte> bytes = stackalloc byte[MessageId.MaxSize];
        foreach (ref readonly var id in ids)
        {
            id.CopyTo(bytes);
            writer.WriteBytes(idField, bytes[..id.Length]);
        }
        return output.Buffer;
    }
}
