namespace IppanFleet.Ippan;

/// <summary>What nodes say to each other, over HTTP and on the gossip topics: one of six kinds, each a JSON object with the kind's name as its only key.</summary>
/// <remarks>Source: wire specification, section 6.1.</remarks>
public abstract partial record NetworkMessage
{
    /// <summary>Bytes that a message may have on the wire: 512 KiB.</summary>
    public const int MaxBytes = 524_288;

    private NetworkMessage()
    {
    }

    /// <summary>A new block (<c>"Block"</c>).</summary>
    public sealed record BlockMessage(Block Block) : NetworkMessage;

    /// <summary>A new transaction (<c>"Transaction"</c>).</summary>
    public sealed record TransactionMessage(Transaction Transaction) : NetworkMessage;

    /// <summary>A question for a block by its id (<c>"BlockRequest"</c>).</summary>
    public sealed record BlockRequestMessage(Hash32 Hash) : NetworkMessage;

    /// <summary>The block that was asked for (<c>"BlockResponse"</c>).</summary>
    public sealed record BlockResponseMessage(Block Block) : NetworkMessage;

    /// <summary>Who the sender is (<c>"PeerInfo"</c>).</summary>
    public sealed record PeerInfoMessage(PeerInfo PeerInfo) : NetworkMessage;

    /// <summary>Addresses of further peers (<c>"PeerDiscovery"</c>).</summary>
    public sealed record PeerDiscoveryMessage(ValueList<string> Peers) : NetworkMessage;
}

/// <summary>Who a node says it is and where it listens. Nothing in it is proven.</summary>
/// <param name="PeerId">The node's name for itself.</param>
/// <param name="Addresses">Where it says it listens.</param>
/// <param name="TimeUs">When it said so, in microseconds since the Unix epoch.</param>
public sealed record PeerInfo(string PeerId, ValueList<string> Addresses, ulong? TimeUs);

/// <summary>A vertex of the block DAG, announced without its block. JSON fields: block_id, parent_ids, round, width_hint.</summary>
/// <param name="BlockId">The block.</param>
/// <param name="ParentIds">The blocks it builds on.</param>
/// <param name="Round">Its consensus round.</param>
/// <param name="WidthHint">How many vertices the announcer has seen in that round.</param>
/// <remarks>Source: wire specification, section 9.</remarks>
public sealed partial record DagVertexAnnouncement(Hash32 BlockId, ValueList<Hash32> ParentIds, ulong Round, uint WidthHint);
