using IppanFleet.Libp2p.Identity;
using IppanFleet.Libp2p.Multiformats;
using IppanFleet.Libp2p.Muxers;

namespace IppanFleet.Libp2p.Swarm;

/// <summary>A secured, multiplexed connection to one authenticated peer.</summary>
public sealed class PeerConnection
{
    private readonly CancellationTokenSource _closed = new();
    private readonly HashSet<ResourceLease> _leases = [];
    private int _inboundStreams;
    private bool _ended, _released;

    internal PeerConnection(PublicKey remoteKey, Multiaddr localAddress, Multiaddr remoteAddress, Direction direction, DateTimeOffset openedAt)
    {
        (RemotePublicKey, LocalAddress, RemoteAddress, Direction, OpenedAt) = (remoteKey, localAddress, remoteAddress, direction, openedAt);
        LastBusy = openedAt;
        Closed = _closed.Token;
    }

    /// <summary>The authenticated peer at the other end.</summary>
    public PeerId RemotePeer => RemotePublicKey.Id;

    /// <summary>The peer's public key, as its handshake proved it.</summary>
    public PublicKey RemotePublicKey { get; }

    /// <summary>Where the remote is, as our transport sees it.</summary>
    public Multiaddr RemoteAddress { get; }

    /// <summary>Our end.</summary>
    public Multiaddr LocalAddress { get; }

    /// <summary>Who dialed.</summary>
    public Direction Direction { get; }

    /// <summary>When it was established.</summary>
    public DateTimeOffset OpenedAt { get; }

    /// <summary>Ends with the connection.</summary>
    public CancellationToken Closed { get; }

    /// <summary>Streams that are open now.</summary>
    public int StreamCount => Muxed.StreamCount;

    /// <summary>Round-trip time as last measured, or null.</summary>
    public TimeSpan? RoundTripTime => Muxed.RoundTripTime;

    internal IMuxedConnection Muxed { get; set; } = null!;

    /// <summary>Whether another connection to the same peer is preferred by both sides; this one ends with its streams.</summary>
    public bool IsRedundant { get; internal set; }

    /// <summary>Since when it is ours to close as redundant once it has no streams; null when it is not.</summary>
    internal DateTimeOffset? SurplusSince { get; set; }

    /// <summary>A number that both ends draw from the handshake, and nobody can choose.</summary>
    internal ulong Session { get; init; }

    /// <summary>Whether what it held of our limits is given back, because it ended or was evicted.</summary>
    internal bool IsReleased => Volatile.Read(ref _released);

    /// <summary>True the first time: what it holds is to be given back now.</summary>
    internal bool TryRelease() => !Interlocked.Exchange(ref _released, true);

    /// <summary>When it last had a stream.</summary>
    internal DateTimeOffset LastBusy { get; set; }

    /// <summary>Says goodbye and ends the connection.</summary>
    public ValueTask CloseAsync(CancellationToken cancellationToken = default) => Muxed.CloseAsync(cancellationToken);

    /// <summary>Ends the connection at once.</summary>
    public void Abort(ChannelFault fault = ChannelFault.Aborted, string? rule = null) => Muxed.Abort(fault, rule);

    /// <summary>The peer and its address, fit for logs.</summary>
    public override string ToString() => $"{RemotePeer} at {RemoteAddress}";

    internal bool TryCountStream(int limit)
    {
        if (Interlocked.Increment(ref _inboundStreams) <= limit) return true;
        Interlocked.Decrement(ref _inboundStreams);
        return false;
    }

    internal void StreamServed() => Interlocked.Decrement(ref _inboundStreams);

    /// <summary>Keeps the lease of a stream that we opened, so that it is given back with the connection at the latest.</summary>
    internal bool TryKeep(ResourceLease lease)
    {
        lock (_leases)
        {
            if (_ended) return false;
            _leases.Add(lease);
            return true;
        }
    }

    internal void GiveBack(ResourceLease lease)
    {
        lock (_leases) _leases.Remove(lease);
        lease.Dispose();
    }

    internal void MarkClosed()
    {
        lock (_leases)
        {
            _ended = true;
            foreach (var lease in _leases) lease.Dispose();
            _leases.Clear();
        }
        _closed.Cancel();
        _closed.Dispose();
    }
}
