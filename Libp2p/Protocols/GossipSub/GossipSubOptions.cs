namespace IppanFleet.Libp2p.Protocols.GossipSub;

/// <summary>The tunables of a GossipSub node. Defaults are those of the GossipSub 1.0 to 1.2 specifications unless another source is named.</summary>
public sealed record GossipSubOptions
{
    /// <summary>Peers that a mesh is filled up to (D). Default 6.</summary>
    public int MeshSize { get; init; } = 6;

    /// <summary>A mesh with fewer peers is filled up (D_lo). Default 5.</summary>
    public int MeshLow { get; init; } = 5;

    /// <summary>A mesh with more peers is pruned (D_hi). Default 12.</summary>
    public int MeshHigh { get; init; } = 12;

    /// <summary>Peers of a mesh that we dialed, at least (D_out; 1.1 §Outbound mesh quotas). Default 2.</summary>
    public int MeshOutbound { get; init; } = 2;

    /// <summary>Peers outside the mesh that are told of messages at each heartbeat, at least (D_lazy). Default 6.</summary>
    public int GossipPeers { get; init; } = 6;

    /// <summary>Share of the peers outside the mesh that are told of messages at each heartbeat, at least (1.1 §Adaptive gossip). Default 0.25.</summary>
    public double GossipFactor { get; init; } = 0.25;

    /// <summary>Time between two rounds of maintenance. Default 1 s.</summary>
    public TimeSpan HeartbeatInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long the peers for a topic that we publish to and do not subscribe to are kept after the last publish. Default 60 s.</summary>
    public TimeSpan FanoutTtl { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Heartbeats for which messages are kept for peers that ask for them. Default 5.</summary>
    public int HistoryLength { get; init; } = 5;

    /// <summary>Heartbeats whose messages are gossiped about; at most <see cref="HistoryLength"/>. Default 3.</summary>
    public int HistoryGossip { get; init; } = 3;

    /// <summary>Bytes of kept messages; the oldest go first. Default 16 MiB (ours).</summary>
    public int MaxHistoryBytes { get; init; } = 16 << 20;

    /// <summary>How long a message id is remembered. Default 120 s.</summary>
    public TimeSpan SeenTtl { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>Message ids that are remembered (64 bytes each); the oldest go first. Default 262,144 (ours).</summary>
    public int MaxSeenMessages { get; init; } = 262_144;

    /// <summary>Ids of rejected messages that are remembered for <see cref="SeenTtl"/>. Default 8,192 (ours).</summary>
    public int MaxRejectedMessages { get; init; } = 8_192;

    /// <summary>Authors whose sequence numbers are remembered; the longest silent ones go first. Default 8,192 (ours).</summary>
    public int MaxAuthors { get; init; } = 8_192;

    /// <summary>How far behind an author's highest sequence number a message may be, in numbers; a multiple of 64. Default 4,096 (ours).</summary>
    public int ReplayWindow { get; init; } = 4_096;

    /// <summary>Times that one peer is sent the same message on request. Default 3 (go-libp2p).</summary>
    public int GossipRetransmission { get; init; } = 3;

    /// <summary>How long a pruned peer stays out of the mesh (1.1 §Prune backoff). Default 60 s.</summary>
    public TimeSpan PruneBackoff { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The same after we unsubscribed (1.1 §Prune backoff). Default 10 s.</summary>
    public TimeSpan UnsubscribeBackoff { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The longest backoff that a remote can impose on us; longer ones are cut. Default 3600 s (ours).</summary>
    public TimeSpan MaxBackoff { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Backoffs that are remembered; with more, new ones are forgotten at once. Default 16,384 (ours).</summary>
    public int MaxBackoffs { get; init; } = 16_384;

    /// <summary>A graft that comes so soon after a prune costs a second penalty (1.1 §Spam protection). Default 10 s.</summary>
    public TimeSpan GraftFloodThreshold { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Whether own messages go to all subscribers instead of the mesh only (1.1 §Flood publishing). Default true.</summary>
    public bool FloodPublish { get; init; } = true;

    /// <summary>Message ids that are asked for or told at each heartbeat, for one peer. Default 5000.</summary>
    public int MaxIHaveIds { get; init; } = 5000;

    /// <summary>IHAVE messages of one peer that are heeded between two heartbeats. Default 10.</summary>
    public int MaxIHaveMessages { get; init; } = 10;

    /// <summary>Message ids that one peer may ask for between two heartbeats. Default 5000 (as <see cref="MaxIHaveIds"/>).</summary>
    public int MaxIWantIds { get; init; } = 5000;

    /// <summary>How long after an IWANT the message must have come; else a penalty (1.1 §Spam protection). Default 3 s.</summary>
    public TimeSpan IWantFollowUp { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Data of at least so many bytes is announced with IDONTWANT (1.2). Default 1000.</summary>
    public int IDontWantThreshold { get; init; } = 1000;

    /// <summary>IDONTWANT ids of one peer that are heeded between two heartbeats. Default 1,024 (ours).</summary>
    public int MaxIDontWantIds { get; init; } = 1_024;

    /// <summary>Heartbeats for which an IDONTWANT holds. Default 3.</summary>
    public int IDontWantHeartbeats { get; init; } = 3;

    /// <summary>The largest data of a message, in bytes. Default 512 KiB (IPPAN).</summary>
    public int MaxMessageSize { get; init; } = 512 * 1024;

    /// <summary>The largest RPC that is read, in bytes. Default 576 KiB: the largest message, and a full coalesced RPC around it.</summary>
    public int MaxRpcSize { get; init; } = (512 + 64) * 1024;

    /// <summary>RPCs are not coalesced above this many bytes; only a single larger message exceeds it. Default 65,536 (rust-libp2p's transmit size).</summary>
    public int CoalescingLimit { get; init; } = 65_536;

    /// <summary>Subscription changes in one RPC; more end the stream. Default 1,024 (ours).</summary>
    public int MaxSubscriptionsPerRpc { get; init; } = 1_024;

    /// <summary>Messages in one RPC; more end the stream. Default 4,096 (ours).</summary>
    public int MaxMessagesPerRpc { get; init; } = 4_096;

    /// <summary>Control entries in one RPC; more end the stream. Default 1,024 (ours).</summary>
    public int MaxControlEntriesPerRpc { get; init; } = 1_024;

    /// <summary>Message ids in the control part of one RPC; more end the stream. Default 20,000 (ours).</summary>
    public int MaxIdsPerRpc { get; init; } = 20_000;

    /// <summary>Topics of one peer that are remembered; further subscriptions are passed over. Default 256 (ours).</summary>
    public int MaxTopicsPerPeer { get; init; } = 256;

    /// <summary>Topics of all peers together that are remembered; further unknown ones are passed over. Default 8,192 (ours).</summary>
    public int MaxTopics { get; init; } = 8_192;

    /// <summary>Messages that wait for one peer; with more, the newest are dropped for it. Default 2,048 (ours).</summary>
    public int MaxQueuedMessages { get; init; } = 2_048;

    /// <summary>Bytes of messages that wait for one peer; with more, the newest are dropped for it. Default 4 MiB (ours).</summary>
    public int MaxQueuedBytes { get; init; } = 4 << 20;

    /// <summary>Pieces of gossip (IHAVE, IWANT) that wait for one peer; with more, the newest are dropped. Default 32 (ours).</summary>
    public int MaxQueuedGossip { get; init; } = 32;

    /// <summary>How long a publish waits while the queues of all its peers are full. Default 5 s (ours).</summary>
    public TimeSpan PublishTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long one write to a peer may take before its stream is given up. Default 30 s (ours); checked at heartbeats.</summary>
    public TimeSpan WriteTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long opening a stream may take. Default 10 s (ours).</summary>
    public TimeSpan OpenTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Times that a stream is opened anew while the peer stays connected; the waits between grow from one heartbeat to 32. Default 8 (ours).</summary>
    public int MaxOpenAttempts { get; init; } = 8;

    /// <summary>Streams that one peer may have open towards us. Default 2: the second covers a change of connection (ours).</summary>
    public int MaxInboundStreams { get; init; } = 2;

    /// <summary>A peer with a higher behaviour penalty is neither grafted nor kept in a mesh. Default 10 (ours).</summary>
    public double MaxPenalty { get; init; } = 10;

    /// <summary>Messages of a peer with a higher behaviour penalty are dropped before their signatures are checked. Default 40 (ours).</summary>
    public double GraylistPenalty { get; init; } = 40;

    /// <summary>What remains of a behaviour penalty after a heartbeat. Default 0.98 (ours).</summary>
    public double PenaltyDecay { get; init; } = 0.98;

    /// <summary>How message ids are made. Default: the author's id and the sequence number.</summary>
    public MessageIdFunction MessageIdFunction { get; init; } = MessageIds.FromAuthorAndSequenceNumber;
}
