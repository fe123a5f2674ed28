using System.Text;
using IppanFleet.Libp2p.Protobuf;
using IppanFleet.Libp2p.Protocols.GossipSub;

namespace IppanFleet.Libp2p.Tests.Attacks.Naive;

/// <summary>An RPC as generated code has it: all of it becomes objects before anybody asks how many there are.</summary>
internal sealed class NaiveRpc
{
    internal List<(string Topic, bool Subscribe)> Subscriptions { get; } = [];

    internal List<Entry> Control { get; } = [];

    internal static NaiveRpc Decode(ReadOnlySpan<byte> bytes)
    {
        var rpc = new NaiveRpc();
        var reader = new ProtoReader(bytes);
        while (reader.TryReadField(out var field, out _) && reader.TryReadBytes(out var part))
        {
            if (field == RpcFields.Control) ReadControl(part, rpc.Control);
            else if (field == RpcFields.Subscriptions) ReadSubscription(part, rpc.Subscriptions);
        }
        return rpc;
    }

    private static void ReadControl(ReadOnlySpan<byte> bytes, List<Entry> control)
    {
        var reader = new ProtoReader(bytes);
        while (reader.TryReadField(out var kind, out _) && reader.TryReadBytes(out var part)) control.Add(new Entry(kind, Encoding.UTF8.GetString(part)));
    }

    private static void ReadSubscription(ReadOnlySpan<byte> bytes, List<(string Topic, bool Subscribe)> subscriptions)
    {
        var (topic, subscribe) = ("", 0UL);
        var reader = new ProtoReader(bytes);
        while (reader.TryReadField(out var field, out _))
        {
            if (field == RpcFields.SubscriptionIsSubscribe) reader.TryReadVarint(out subscribe);
            else reader.TryReadText(100, out topic);
        }
        subscriptions.Add((topic, subscribe != 0));
    }

    /// <summary>A control entry, with the lists that some kinds have.</summary>
    internal sealed record Entry(int Kind, string Topic)
    {
        internal List<byte[]> Ids { get; } = [];

        internal List<byte[]> Peers { get; } = [];
    }
}
