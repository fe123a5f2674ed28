using System.Collections.Concurrent;
using System.Collections.Frozen;
using IppanFleet.Libp2p.Identity;
using IppanFleet.Libp2p.Multiformats;
using IppanFleet.Libp2p.Transports;
using Microsoft.Extensions.Logging;

namespace IppanFleet.Libp2p.Swarm;

/// <summary>The connections of one host: dials, listens, upgrades, and hands streams to their protocols.</summary>
public sealed partial class PeerSwarm : ISwarm, IAsyncDisposable
{
    private readonly SwarmOptions _options;
    private readonly IReadOnlyList<ITransport> _transports;
    private readonly Upgrader _upgrader;
    private readonly ILogger _logger;
    private readonly ConnectionTable _connections;
    private readonly PeerEvents _events;
    private readonly ConcurrentDictionary<PeerId, PeerInfo> _identified = new();
    private readonly ConcurrentDictionary<PeerId, Task<PeerConnection>> _dialing = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly List<(ITransportListener Listener, Task Accepting)> _listeners = [];
    private readonly ITimer _sweep;
    private FrozenDictionary<string, IProtocolHandler> _handlers = FrozenDictionary<string, IProtocolHandler>.Empty;
    private readonly ConnectionEvents _watch;
    private readonly DialSlots _slots;
    private readonly AddressBackoff _backoff;
    private readonly AddressResolver _resolver;
    private readonly TokenBuckets<IpPrefix> _arrivals;

    internal PeerSwarm(PeerIdentity identity, IReadOnlyList<ITransport> transports, Upgrader upgrader, SwarmOptions options, TimeProvider time, ILogger logger)
    {
        (Identity, _transports, _upgrader, _options, Time, _logger) = (identity, transports, upgrader, options, time, logger);
        _connections = new ConnectionTable(identity.Id);
        _events = new PeerEvents(logger);
        _watch = new ConnectionEvents(options.Gater, logger);
        _slots = new DialSlots(options.MaxConcurrentDials, options.MaxQueuedDials, options.MaxDialsPerHost);
        _backoff = new AddressBackoff(options.DialBackoff, options.MaxDialBackoff, capacity: 4096);
        _resolver = new AddressResolver(options.Names ?? new SystemNames(time), maxPerName: 8);
        _observed = new ObservedAddresses(options.ObservationsNeeded, options.ObservationLifetime);
        Store = new PeerStore(options.Store, time);
        Ledger = new ResourceLedger(options);
        _arrivals = new TokenBuckets<IpPrefix>(options.Limits.HandshakesPerSecondPerIp, options.Limits.HandshakeBurstPerIp, options.Limits.MaxTrackedIps);
        // Often enough for the muxers' keep-alive.
        var interval = TimeSpan.FromTicks(Math.Clamp(options.IdleConnectionTimeout.Ticks / 4, TimeSpan.TicksPerSecond, 5 * TimeSpan.TicksPerSecond));
        _sweep = time.CreateTimer(static swarm => ((PeerSwarm)swarm!).Sweep(), this, interval, interval);
    }

    /// <inheritdoc/>
    public PeerIdentity Identity { get; }

    /// <inheritdoc/>
    public TimeProvider Time { get; }

    /// <summary>Where we listen, without <c>/p2p/…</c>.</summary>
    public IReadOnlyList<Multiaddr> ListenAddresses
    {
        get
        {
            lock (_listeners) return [.. _listeners.SelectMany(l => l.Listener.Addresses)];
        }
    }

    /// <summary>The protocols that we accept inbound.</summary>
    public IReadOnlyCollection<string> Protocols => _handlers.Keys;

    /// <summary>All connections now.</summary>
    public IReadOnlyList<PeerConnection> Connections => _connections.All();

    /// <summary>The peers that we are connected with.</summary>
    public IReadOnlyList<PeerId> Peers => _connections.Peers();

    /// <inheritdoc/>
    public ResourceLedger Ledger { get; }

    /// <summary>Which peers are kept when there are too many.</summary>
    public ConnectionManager Manager { get; } = new();

    /// <summary>Events of peers that no observer was told, because later ones made them void while an observer was slow.</summary>
    public long MergedPeerEvents => _events.Merged;

    /// <summary>How many connections there are.</summary>
    public int ConnectionCount => _connections.Count;

    /// <summary>What Identify told about a connected peer, or null.</summary>
    public PeerInfo? FindInfo(PeerId peer) => _identified.GetValueOrDefault(peer);

    /// <inheritdoc/>
    public PeerConnection? FindConnection(PeerId peer) => _connections.Find(peer);

    /// <summary>Takes a protocol in: it answers streams when it is an <see cref="IProtocolHandler"/>, hears of peers when it is an <see cref="IPeerObserver"/>, and of connections when it is an <see cref="IConnectionObserver"/>.</summary>
    public void Add(object protocol)
    {
        if (protocol is IProtocolHandler handler)
        {
            var handlers = _handlers.ToDictionary(StringComparer.Ordinal);
            foreach (var id in handler.Protocols) handlers[id] = handler;
            _handlers = handlers.ToFrozenDictionary(StringComparer.Ordinal);
            AnnouncementChanged();
        }
        if (protocol is IPeerObserver observer) _events.Add(observer);
        if (protocol is IConnectionObserver watcher) _watch.Add(watcher);
    }

    /// <summary>Starts to listen on <paramref name="address"/>.</summary>
    /// <exception cref="SwarmException">No transport takes the address.</exception>
    /// <exception cref="IOException">The address cannot be had.</exception>
    public async ValueTask ListenAsync(Multiaddr address, CancellationToken cancellationToken = default)
    {
        var transport = FindTransport(address);
        var listener = await transport.ListenAsync(address, cancellationToken).ConfigureAwait(false);
        foreach (var actual in listener.Addresses) _logger.Listening(actual);
        lock (_listeners) _listeners.Add((listener, AcceptLoopAsync(listener)));
        AnnounceAnew();
    }

    /// <inheritdoc/>
    public void Disconnect(PeerId peer, string rule)
    {
        foreach (var connection in _connections.Of(peer)) connection.Abort(ChannelFault.Aborted, rule);
    }

    /// <summary>Ends when the swarm stops.</summary>
    internal CancellationToken Stopping => _stop.Token;

    /// <summary>Called for each new connection, a peer's further ones too: who is asked who it is.</summary>
    internal Action<PeerConnection> ConnectionEstablished { get; set; } = static _ => { };

    /// <summary>Closes listeners and connections, with a goodbye.</summary>
    public async ValueTask DisposeAsync()
    {
        await _sweep.DisposeAsync().ConfigureAwait(false);
        List<(ITransportListener Listener, Task Accepting)> listeners;
        lock (_listeners) listeners = [.. _listeners];
        foreach (var (listener, _) in listeners) await listener.DisposeAsync().ConfigureAwait(false);
        var open = _connections.Stop();
        await _stop.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(open.Select(c => c.Muxed.CloseAsync().AsTask())).ConfigureAwait(false);
        await Task.WhenAll(listeners.Select(l => l.Accepting)).ConfigureAwait(false);
    }

    private ITransport FindTransport(Multiaddr address)
    {
        foreach (var transport in _transports)
        {
            if (transport.Supports(address)) return transport;
        }
        throw new SwarmException(SwarmFault.UnsupportedAddress, $"no transport here takes {address}");
    }

    private Deadline Within(TimeSpan timeout, CancellationToken cancellationToken) => new(Time, timeout, _stop.Token, cancellationToken);
}
