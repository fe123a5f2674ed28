using System.Runtime.InteropServices;
using IppanFleet.Grains;
using IppanFleet.Hosting.Demo;
using IppanFleet.Hosting.Gossip;
using IppanFleet.Ippan;
using IppanFleet.P2P;

namespace IppanFleet.Hosting.Nodes;

/// <summary>Where the events of all nodes of the silo come together. It never waits: the nodes' networks must not.</summary>
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
                Pass(node, GossipKind.Block, block.Payload, block.At);
                break;
            case NetworkEvent.TransactionReceived transaction:
                ledger.Deliver(node, transaction.Transaction.Id, transaction.At);
                Pass(node, GossipKind.Transaction, transaction.Payload, transaction.At);
                break;
            case NetworkEvent.DagVertexReceived vertex:
                Pass(node, GossipKind.DagVertex, vertex.Payload, vertex.At);
                break;
            case NetworkEvent.PeerInfoReceived info:
                Pass(node, GossipKind.PeerInfo, new NetworkMessage.PeerInfoMessage(info.PeerInfo).Encode(), info.At);
                break;
        }
    }

    private void Pass(string node, GossipKind kind, ReadOnlyMemory<byte> data, DateTimeOffset at)
    {
        var id = Blake3.Hash(data.Span);
        if (!seen.IsFirst(kind, id)) return;
        queue.TryAdd(new GossipItem { Kind = kind, MessageId = id.ToArray(), Data = WholeArray(data), Node = node, At = at });
    }

    private static byte[] WholeArray(ReadOnlyMemory<byte> data) =>
        MemoryMarshal.TryGetArray(data, out var segment) && segment.Offset == 0 && segment.Array is { } array && array.Length == data.Length ? array : data.ToArray();
}
