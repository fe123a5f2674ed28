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
    private readonly TokenBuckets<IpPrefix> _arrivals;

    internal PeerSwarm(PeerIdentity identity, IReadOnlyList<ITransport> transports, Upgrader upgrader, SwarmOptions options, TimeProvider time, ILogger logger)
    {
        (Identity, _transports, _upgrader, _options, Time, _logger) = (identity, transports, upgrader, options, time, logger);
        _connections = new ConnectionTable();
        _events = new PeerEvents(logger);
        Ledger = new ResourceLedger(options);
        _arrivals = new TokenBuckets<IpPrefix>(options.Limits.HandshakesPerSecondPerIp, options.Limits.HandshakeBurstPerIp, options.Limits.MaxTrackedIps);
        var interval = TimeSpan.FromTicks(Math.Max(options.IdleConnectionTimeout.Ticks / 4, TimeSpan.TicksPerSecond));
        _sweep = time.CreateTimer(static swarm => ((PeerSwarm)swarm!).CloseIdle(), this, interval, interval);
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

    /// <summary>What is in use, by whom, and what was refused.</summary>
    public ResourceLedger Ledger { get; }

    /// <summary>How many connections there are.</summary>
    public int ConnectionCount => _connections.Count;

    /// <summary>What Identify told about a connected peer, or null.</summary>
    public PeerInfo? FindInfo(PeerId peer) => _identified.GetValueOrDefault(peer);

    /// <inheritdoc/>
    public PeerConnection? FindConnection(PeerId peer) => _connections.Find(peer);

    /// <summary>Takes a protocol in: it answers streams when it is an <see cref="IProtocolHandler"/>, and hears of peers when it is an <see cref="IPeerObserver"/>.</summary>
    public void Add(object protocol)
    {
        if (protocol is IProtocolHandler handler)
        {
            var handlers = _handlers.ToDictionary(StringComparer.Ordinal);
            foreach (var id in handler.Protocols) handlers[id] = handler;
            _handlers = handlers.ToFrozenDictionary(StringComparer.Ordinal);
        }
        if (protocol is IPeerObserver observer) _events.Add(observer);
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
    }

    /// <inheritdoc/>
    public void Disconnect(PeerId peer, string rule)
    {
        foreach (var connection in _connections.Of(peer)) connection.Abort(ChannelFault.Aborted, rule);
    }

    /// <summary>Called for each new connection, a peer's further ones too: who is asked who it is.</summary>
    internal Action<PeerConnection> ConnectionEstablished { get; set; } = static _ => { };

    /// <summary>Takes what Identify told and passes it on to the observers.</summary>
    internal void Identified(PeerInfo info)
    {
        if (_connections.Find(info.Peer) is null) return;
        _identified[info.Peer] = info;
        _events.Enqueue(o => o.PeerIdentified(info.Peer, info));
        _events.Tell();
    }

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

    private PeerConnection Establish(PeerConnection connection)
    {
        if (connection.RemotePeer == Identity.Id) throw Turn(connection, new SwarmException(SwarmFault.WrongPeer, $"{connection.RemoteAddress}: that is ourselves"));
        if (TakeConnection(connection) is { } refusal) throw Turn(connection, SwarmException.Refused($"{connection}", refusal));
        if (_connections.Add(connection, c => _events.Connected(c.RemotePeer, c)) == Admission.Stopped)
        {
            ReleaseConnection(connection);
            throw Turn(connection, new SwarmException(SwarmFault.Closed, "the host is stopping"));
        }
        _logger.Connected(connection.RemotePeer, connection.RemoteAddress, connection.Direction);
        _ = WatchAsync(connection);
        _events.Tell();
        connection.Muxed.Start();
        ConnectionEstablished(connection);
        return connection;
    }

    private static SwarmException Turn(PeerConnection away, SwarmException why)
    {
        away.Abort();
        return why;
    }

    private ResourceClaim ClaimOf(PeerConnection connection) => new(
        connection.Direction == Direction.Inbound ? ResourceKind.InboundConnections : ResourceKind.OutboundConnections,
        1, connection.RemotePeer, IpGroup.Of(connection.RemoteAddress, _options.Limits.LimitLoopback));

    private ResourceClaim MemoryOf(PeerConnection connection) => new(ResourceKind.Memory, _options.Limits.ConnectionMemory, connection.RemotePeer);

    private ResourceRefusal? TakeConnection(PeerConnection connection)
    {
        var claim = ClaimOf(connection);
        if (Ledger.TryTake(claim) is { } refusal) return refusal;
        if (Ledger.TryTake(MemoryOf(connection)) is not { } memory) return null;
        Ledger.Release(claim);
        return memory;
    }

    private void ReleaseConnection(PeerConnection connection)
    {
        Ledger.Release(ClaimOf(connection));
        Ledger.Release(MemoryOf(connection));
    }

    /// <summary>Waits for the end of a connection and tidies up after it; never faults.</summary>
    private async Task WatchAsync(PeerConnection connection)
    {
        var end = await connection.Muxed.Completion.ConfigureAwait(false);
        _logger.Disconnected(connection.RemotePeer, connection.RemoteAddress, end.Message);
        _connections.Remove(connection, peer =>
        {
            _identified.TryRemove(peer, out _);
            _events.Disconnected(peer);
        });
        ReleaseConnection(connection);
        connection.MarkClosed();
        _events.Tell();
    }

    private void CloseIdle()
    {
        var now = Time.GetUtcNow();
        foreach (var connection in _connections.All())
        {
            if (connection.StreamCount > 0) connection.LastBusy = now;
            else if (now - connection.LastBusy >= _options.IdleConnectionTimeout) connection.Abort(ChannelFault.Aborted, $"idle for {_options.IdleConnectionTimeout.TotalSeconds:0.#} s");
        }
    }

    private ITransport FindTransport(Multiaddr address)
    {
        foreach (var transport in _transports)
        {
            if (transport.Supports(address)) return transport;
        }
        throw new SwarmException(SwarmFault.UnsupportedAddress, $"no transport here takes {address}");
    }

    private CancellationTokenSource Deadline(TimeSpan timeout, CancellationToken cancellationToken)
    {
        var deadline = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token, cancellationToken);
        deadline.CancelAfter(timeout);
        return deadline;
    }
}
