using IppanFleet.Ippan;

namespace IppanFleet.P2P;

/// <summary>Something that a node's network heard; the kinds are nested.</summary>
public abstract record NetworkEvent
{
    private NetworkEvent()
    {
    }

    /// <summary>When, by this process's clock.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>A peer is connected (its first connection).</summary>
    public sealed record PeerConnected(string PeerId, string Address, bool Inbound) : NetworkEvent;

    /// <summary>A peer is gone (its last connection).</summary>
    public sealed record PeerDisconnected(string PeerId) : NetworkEvent;

    /// <summary>A valid block arrived for the first time. <paramref name="From"/> is the peer that passed it on; <paramref name="Payload"/> is the message as it came.</summary>
    public sealed record BlockReceived(Block Block, string From, ReadOnlyMemory<byte> Payload) : NetworkEvent
    {
        /// <summary>The message's id: BLAKE3 of the payload.</summary>
        public required Hash32 MessageId { get; init; }

        /// <summary>Whether the block carries its creator's signature (blocks of upstream carry none).</summary>
        public bool Authenticated { get; init; }
    }

    /// <summary>A valid transaction arrived for the first time.</summary>
    public sealed record TransactionReceived(Transaction Transaction, string From, ReadOnlyMemory<byte> Payload) : NetworkEvent
    {
        /// <summary>The message's id: BLAKE3 of the payload.</summary>
        public required Hash32 MessageId { get; init; }
    }

    /// <summary>A peer told where it listens.</summary>
    public sealed record PeerInfoReceived(PeerInfo PeerInfo, string From) : NetworkEvent;

    /// <summary>A vertex of the block DAG was announced.</summary>
    public sealed record DagVertexReceived(DagVertexAnnouncement Vertex, string From, ReadOnlyMemory<byte> Payload) : NetworkEvent
    {
        /// <summary>The message's id: BLAKE3 of the payload.</summary>
        public required Hash32 MessageId { get; init; }
    }

    /// <summary>Data arrived on a topic whose meaning this library does not know.</summary>
    public sealed record GossipReceived(string Topic, ReadOnlyMemory<byte> Data, string From) : NetworkEvent;
}
