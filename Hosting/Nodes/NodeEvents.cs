using System.Runtime.InteropServices;
using IppanFleet.Grains;
using IppanFleet.Hosting.Demo;
using IppanFleet.Hosting.Gossip;
using IppanFleet.Ippan;
using IppanFleet.P2P;

namespace IppanFleet.Hosting.Nodes;

/// <summary>Where the events of all nodes of the silo, and what they publish themselves, come together. It never waits: the nodes' networks must not.</summary>
internal sealed class NodeEvents(FirstSeen seen, GossipQueue queue, DeliveryLedger ledger)
{
    /// <summary>Messages that wait for the streams.</summary>
    internal int Waiting => queue.Count;

    /// <summary>What became of a kind of messages in this silo.</summary>
    internal GossipFigures FiguresOf(GossipKind kind) => new(seen.FirstArrivals(kind), seen.SiblingArrivals(kind), queue.Dropped(kind));

    internal void Take(string node, NetworkEvent heard)
    {
        switch (heard)
        {
            case NetworkEvent.BlockReceived block:
                ledger.Deliver(node, block.Block.Id, block.At);
                Pass(node, GossipKind.Block, block.MessageId, block.Payload, block.At, block.Block.Id);
                break;
            case NetworkEvent.TransactionReceived transaction:
                ledger.Deliver(node, transaction.Transaction.Id, transaction.At);
                Pass(node, GossipKind.Transaction, transaction.MessageId, transaction.Payload, transaction.At, transaction.Transaction.Id);
                break;
            case NetworkEvent.DagVertexReceived vertex:
                Pass(node, GossipKind.DagVertex, vertex.MessageId, vertex.Payload, vertex.At, null);
                break;
            case NetworkEvent.PeerInfoReceived info:
                var encoded = new NetworkMessage.PeerInfoMessage(info.PeerInfo).Encode();
                Pass(node, GossipKind.PeerInfo, Blake3.Hash(encoded), encoded, info.At, null);
                break;
        }
    }

    /// <summary>A block that the node published: it is kept and passed on like one that arrived, and is no delivery.</summary>
    internal void TakeOwn(string node, Block block, DateTimeOffset at) => PassOwn(node, GossipKind.Block, new NetworkMessage.BlockMessage(block), at, block.Id);

    /// <summary>A transaction that the node published.</summary>
    internal void TakeOwn(string node, Transaction transaction, DateTimeOffset at) =>
        PassOwn(node, GossipKind.Transaction, new NetworkMessage.TransactionMessage(transaction), at, transaction.Id);

    private void PassOwn(string node, GossipKind kind, NetworkMessage message, DateTimeOffset at, Hash32 content)
    {
        var encoded = message.Encode();
        Pass(node, kind, Blake3.Hash(encoded), encoded, at, content, isOwn: true);
    }

    private void Pass(string node, GossipKind kind, Hash32 id, ReadOnlyMemory<byte> data, DateTimeOffset at, Hash32? content, bool isOwn = false)
    {
        if (!seen.IsFirst(kind, id, isOwn)) return;
        queue.TryAdd(new GossipItem { Kind = kind, MessageId = id.ToArray(), Data = WholeArray(data), Node = node, At = at, ContentId = content?.ToArray() ?? [] });
    }

    private static byte[] WholeArray(ReadOnlyMemory<byte> data) =>
        MemoryMarshal.TryGetArray(data, out var segment) && segment.Offset == 0 && segment.Array is { } array && array.Length == data.Length ? array : data.ToArray();
}
