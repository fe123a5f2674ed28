using IppanFleet.Ippan;

namespace IppanFleet.P2P;

/// <summary>One IPPAN node's network, whichever protocol it speaks: start it with <see cref="RunAsync"/>, listen to <see cref="Events"/>, broadcast.</summary>
public interface INodeNetwork : IAsyncDisposable
{
    /// <summary>The node's name on this network (libp2p: the base58 peer id).</summary>
    string PeerId { get; }

    /// <summary>Where other nodes can dial this one; empty before it listens.</summary>
    IReadOnlyList<string> Addresses { get; }

    /// <summary>What the network hears. One consumer; the queue behind it is bounded, what does not fit is dropped (blocks last) and counted in <see cref="NodeNetworkSnapshot.EventsDropped"/>.</summary>
    IAsyncEnumerable<NetworkEvent> Events { get; }

    /// <summary>Runs the network until <paramref name="cancellationToken"/> ends, then leaves it cleanly.</summary>
    /// <exception cref="IOException">A listen address cannot be had; the message says which and why.</exception>
    Task RunAsync(CancellationToken cancellationToken);

    /// <summary>Ends once the network listens, so that <see cref="Addresses"/> says where.</summary>
    /// <exception cref="IOException">It cannot listen, as <see cref="RunAsync"/> reports too.</exception>
    /// <exception cref="OperationCanceledException">The network stopped before, or <paramref name="cancellationToken"/> ended.</exception>
    Task WaitUntilListeningAsync(CancellationToken cancellationToken = default);

    /// <summary>Ends once the network listens and, where bootstrap peers are configured, has at least one peer; so that a caller can start the network before it syncs.</summary>
    Task WaitUntilReadyAsync(CancellationToken cancellationToken = default);

    /// <summary>Sends a block to the network. The caller vouches for it: it is not validated again.</summary>
    ValueTask<BroadcastOutcome> BroadcastBlockAsync(Block block, CancellationToken cancellationToken = default);

    /// <summary>Sends a transaction to the network. The caller vouches for it: it is not validated again.</summary>
    ValueTask<BroadcastOutcome> BroadcastTransactionAsync(Transaction transaction, CancellationToken cancellationToken = default);

    /// <summary>Connects to a peer at <paramref name="address"/>.</summary>
    /// <exception cref="FormatException">It is no address of this network.</exception>
    /// <exception cref="IOException">The peer could not be reached; the message says why.</exception>
    Task DialAsync(string address, CancellationToken cancellationToken = default);

    /// <summary>Who may connect has changed: ends connections that are no longer allowed, and keeps those of <paramref name="protectedPeers"/>, and of no others, from giving way to newcomers. What is no peer id is passed over.</summary>
    void ApplyAccess(IReadOnlyCollection<string> protectedPeers);

    /// <summary>The network's state now; cheap enough to be asked each second.</summary>
    NodeNetworkSnapshot Snapshot();
}

/// <summary>What became of a broadcast.</summary>
public enum BroadcastResult
{
    /// <summary>It went to at least one peer.</summary>
    Sent,

    /// <summary>No peer was there to take it.</summary>
    NoPeers,

    /// <summary>The same data was broadcast or received before.</summary>
    Duplicate,

    /// <summary>It is larger than the network carries.</summary>
    TooLarge,

    /// <summary>Every peer's queue was full.</summary>
    Congested,
}

/// <summary>What became of a broadcast, and how many peers it was handed to.</summary>
public readonly record struct BroadcastOutcome(BroadcastResult Result, int Peers);

/// <summary>A node's network at one moment.</summary>
public sealed record NodeNetworkSnapshot
{
    /// <summary>Connected peers.</summary>
    public required IReadOnlyList<PeerSnapshot> Peers { get; init; }

    /// <summary>Gossip topics that the node takes part in.</summary>
    public required IReadOnlyList<TopicSnapshot> Topics { get; init; }

    /// <summary>Messages that this node has published.</summary>
    public long Published { get; init; }

    /// <summary>Valid messages that reached this node for the first time.</summary>
    public long Delivered { get; init; }

    /// <summary>Messages that had reached it before.</summary>
    public long Duplicates { get; init; }

    /// <summary>Messages that broke a rule.</summary>
    public long Rejected { get; init; }

    /// <summary>Events that nobody took in time.</summary>
    public long EventsDropped { get; init; }
}

/// <summary>One connected peer. All but the id is the peer's own claim or a measurement.</summary>
public sealed record PeerSnapshot
{
    /// <summary>Its id.</summary>
    public required string PeerId { get; init; }

    /// <summary>Where it is.</summary>
    public required string Address { get; init; }

    /// <summary>Whether it dialed us.</summary>
    public bool Inbound { get; init; }

    /// <summary>What it says about itself; the same object until it says something else.</summary>
    public PeerClaims Claims { get; init; } = PeerClaims.None;

    /// <summary>How it behaves.</summary>
    public PeerStanding Standing { get; init; }

    /// <summary>The sum of its misbehaviour, decaying.</summary>
    public double Penalty { get; init; }

    /// <summary>Valid messages that it was the first to bring, since it is connected.</summary>
    public long Accepted { get; init; }

    /// <summary>Messages of which it broke a rule, since it is connected.</summary>
    public long Rejected { get; init; }

    /// <summary>Since when.</summary>
    public DateTimeOffset ConnectedAt { get; init; }

    /// <summary>Round-trip time as last measured, or null.</summary>
    public TimeSpan? RoundTripTime { get; init; }
}

/// <summary>How well a peer behaves.</summary>
public enum PeerStanding
{
    /// <summary>Nothing is held against it.</summary>
    Good,

    /// <summary>It broke rules lately.</summary>
    Suspect,

    /// <summary>It broke so many that it is kept out of meshes.</summary>
    Untrusted,

    /// <summary>It broke so many that its messages are not looked at.</summary>
    Ignored,
}

/// <summary>What a peer says about itself; nothing of it is proved.</summary>
public sealed record PeerClaims
{
    /// <summary>Nothing was said yet.</summary>
    public static PeerClaims None { get; } = new();

    /// <summary>Its agent, made fit for display.</summary>
    public string Agent { get; init; } = "";

    /// <summary>The protocols that it speaks, 128 at most.</summary>
    public IReadOnlyList<string> Protocols { get; init; } = [];

    /// <summary>Where it listens, 32 addresses at most.</summary>
    public IReadOnlyList<string> ListenAddresses { get; init; } = [];
}

/// <summary>One gossip topic at a node.</summary>
public sealed record TopicSnapshot
{
    /// <summary>The topic, such as <c>ippan/blocks</c>.</summary>
    public required string Topic { get; init; }

    /// <summary>Peers in this node's mesh.</summary>
    public required IReadOnlyList<string> Mesh { get; init; }

    /// <summary>Connected peers that subscribe.</summary>
    public int Subscribers { get; init; }

    /// <summary>Valid messages that reached the node for the first time.</summary>
    public long Accepted { get; init; }

    /// <summary>Copies of messages that it had.</summary>
    public long Duplicates { get; init; }
}
