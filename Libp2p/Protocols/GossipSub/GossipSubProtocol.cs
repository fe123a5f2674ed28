using System.Security.Cryptography;
using IppanFleet.Libp2p.Identity;
using IppanFleet.Libp2p.Swarm;
using Microsoft.Extensions.Logging;

namespace IppanFleet.Libp2p.Protocols.GossipSub;

/// <summary>GossipSub 1.0 to 1.2 with strict signing (https://github.com/libp2p/specs/tree/master/pubsub/gossipsub): the streams, clock and locks around the <see cref="Router"/>.</summary>
/// <remarks>Register it with the swarm as protocol handler and as peer observer. Thread-safe. One timer and one lock for each node; the lock is never held over I/O, cryptography or application code.</remarks>
public sealed partial class GossipSubProtocol : IProtocolHandler, IPeerObserver, IAsyncDisposable
{
    private const string Version12 = "/meshsub/1.2.0";

    private readonly ISwarm _swarm;
    private readonly GossipSubOptions _options;
    private readonly IMessageHandler _handler;
    private readonly IGossipSubObserver? _observer;
    private readonly ILogger _logger;
    private readonly long _startedAt;
    private readonly Lock _gate = new();
    private readonly Router _router;
    private readonly Dictionary<PeerId, PeerLink> _links = [];
    private readonly List<Task> _retired = [];
    private readonly CancellationTokenSource _stopping = new();
    private readonly ITimer _timer;
    private int _inHeartbeat;

    /// <summary>Begins the heartbeat; peers come through <see cref="IPeerObserver"/>.</summary>
    /// <param name="swarm">What the node is part of: identity, clock, streams.</param>
    /// <param name="options">The tunables.</param>
    /// <param name="handler">Judges and receives messages.</param>
    /// <param name="logger">The log.</param>
    /// <param name="observer">Hears of changes of the overlay, or null.</param>
    public GossipSubProtocol(ISwarm swarm, GossipSubOptions options, IMessageHandler handler, ILogger<GossipSubProtocol> logger, IGossipSubObserver? observer = null)
    {
        (_swarm, _options, _handler, _observer, _logger) = (swarm, options, handler, observer, logger);
        _startedAt = swarm.Time.GetTimestamp();
        var random = new Random(BitConverter.ToInt32(RandomNumberGenerator.GetBytes(sizeof(int))));
        _router = new Router(options, swarm.Identity.Id, random) { IsObserved = observer is not null };
        _sequence = (ulong)(swarm.Time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick;
        // Nodes of one process start together; their heartbeats should not.
        var first = options.HeartbeatInterval * random.NextDouble();
        _timer = swarm.Time.CreateTimer(static node => ((GossipSubProtocol)node!).Heartbeat(), this, first, options.HeartbeatInterval);
    }

    /// <summary>The protocol ids that are spoken, best first.</summary>
    public static IReadOnlyList<string> ProtocolIds { get; } = [Version12, "/meshsub/1.1.0", "/meshsub/1.0.0"];

    /// <inheritdoc/>
    public IReadOnlyList<string> Protocols => ProtocolIds;

    /// <summary>Time since the node started, from the swarm's monotonic clock.</summary>
    internal TimeSpan Now => _swarm.Time.GetElapsedTime(_startedAt);

    /// <summary>How long the last heartbeat took.</summary>
    internal TimeSpan LastHeartbeatDuration { get; private set; }

    /// <inheritdoc/>
    public void PeerConnected(PeerId peer, PeerConnection connection)
    {
        // Nothing is known of its protocols yet: Identify or a stream of its own will tell.
    }

    /// <inheritdoc/>
    public void PeerIdentified(PeerId peer, PeerInfo info)
    {
        foreach (var protocol in info.Protocols)
        {
            if (!ProtocolIds.Contains(protocol, StringComparer.Ordinal)) continue;
            Attach(peer);
            return;
        }
    }

    /// <inheritdoc/>
    public void PeerDisconnected(PeerId peer)
    {
        lock (_gate)
        {
            // The news may be older than a connection that has come since, whose streams may be here already.
            if (_links.TryGetValue(peer, out var link) && (link.IsStale || _swarm.FindConnection(peer) is null)) Detach(link);
        }
        RoomMade();
        NotifyChanges();
    }

    /// <summary>Stops heartbeat and writers and waits for them. Streams of peers towards us end at their next message.</summary>
    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync().ConfigureAwait(false);
        await _stopping.CancelAsync().ConfigureAwait(false);
        Task[] sessions;
        lock (_gate)
        {
            foreach (var link in _links.Values.ToArray()) Detach(link);
            sessions = [.. _retired];
        }
        RoomMade();
        await Task.WhenAll(sessions).ConfigureAwait(false);
    }

    /// <summary>Puts our subscriptions and grafts at the head of a new stream; an earlier stream may have lost them.</summary>
    internal void Greet(PeerState peer, string protocol)
    {
        lock (_gate)
        {
            peer.SpeaksIDontWant |= protocol == Version12;
            if (!peer.IsRemoved) _router.Greet(peer);
        }
    }

    /// <summary>Forgets a peer to which no stream can be opened, until it is identified anew.</summary>
    internal void GiveUp(PeerLink link)
    {
        lock (_gate)
        {
            if (_links.TryGetValue(link.Peer.Id, out var present) && present == link) Detach(link);
        }
        RoomMade();
        NotifyChanges();
    }

    private PeerLink? Attach(PeerId peer)
    {
        PeerLink? link;
        lock (_gate)
        {
            if (_stopping.IsCancellationRequested || _swarm.FindConnection(peer) is not { } connection) return null;
            if (_links.TryGetValue(peer, out link))
            {
                if (!link.IsStale) return link;
                Detach(link);
            }
            link = new PeerLink(this, _router.AddPeer(peer, connection.Direction == Direction.Outbound), connection, _swarm, _options, _logger);
            _links.Add(peer, link);
            link.Start();
        }
        // The connection may have gone, and that been told, while the link was made.
        if (_swarm.FindConnection(peer) is null) PeerDisconnected(peer);
        return link;
    }

    private void Detach(PeerLink link)
    {
        _links.Remove(link.Peer.Id);
        _router.RemovePeer(link.Peer.Id);
        link.Stop();
        _retired.Add(link.Session);
    }

    private void Heartbeat()
    {
        // A slow heartbeat is not piled upon.
        if (Interlocked.Exchange(ref _inHeartbeat, 1) == 1) return;
        try
        {
            var now = Now;
            List<PeerLink>? stalled = null;
            lock (_gate)
            {
                _router.Heartbeat(now);
                _retired.RemoveAll(static session => session.IsCompleted);
                foreach (var link in _links.Values)
                {
                    if (link.IsDue(now)) link.Start();
                    if (link.IsStalled(now)) (stalled ??= []).Add(link);
                }
            }
            LastHeartbeatDuration = Now - now;
            NotifyChanges();
            if (stalled is null) return;
            foreach (var link in stalled) link.AbortStalled();
        }
        catch (Exception e)
        {
            // A timer's callback has nobody above it who would hear of a fault.
            GossipSubLog.HeartbeatFaulted(_logger, e);
        }
        finally
        {
            Volatile.Write(ref _inHeartbeat, 0);
        }
    }

    private void NotifyChanges()
    {
        if (_observer is null) return;
        OverlayChange[] changes;
        lock (_gate)
        {
            if (_router.Changes.Count == 0) return;
            changes = [.. _router.Changes];
            _router.Changes.Clear();
        }
        foreach (var change in changes)
        {
            if (change.Mesh is { } mesh) _observer.MeshChanged(change.Peer, change.Topic, mesh);
            else _observer.SubscriptionChanged(change.Peer, change.Topic, change.Subscribed);
        }
    }
}
