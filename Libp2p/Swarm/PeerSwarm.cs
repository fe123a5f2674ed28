using System.Collections.Concurrent;
using System.Collections.Frozen;
using IppanFleet.Libp2p.Identity;
using IppanFleet.Libp2p.Multiformats;
using IppanFleet.Libp2p.Negotiation;
using IppanFleet.Libp2p.Security;
using IppanFleet.Libp2p.Transports;
using Microsoft.Extensions.Logging;

namespace IppanFleet.Libp2p.Swarm;

/// <summary>The connections of one host: dials, listens, upgrades, and hands streams to their protocols.</summary>
public sealed class PeerSwarm : ISwarm, IAsyncDisposable
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
    private int _pendingInbound;

    internal PeerSwarm(PeerIdentity identity, IReadOnlyList<ITransport> transports, Upgrader upgrader, SwarmOptions options, TimeProvider time, ILogger logger)
    {
        (Identity, _transports, _upgrader, _options, Time, _logger) = (identity, transports, upgrader, options, time, logger);
        _connections = new ConnectionTable(options);
        _events = new PeerEvents(logger);
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

    /// <summary>Connects to the peer at <paramref name="address"/>; an existing connection to the peer that the address names is used.</summary>
    /// <exception cref="SwarmException">It failed; the message says how.</exception>
    public Task<PeerConnection> DialAsync(Multiaddr address, CancellationToken cancellationToken = default)
    {
        if (address.PeerId is not { } peer) return DialOneAsync(address, expected: null, cancellationToken);
        return DialAsync(peer, [address], cancellationToken);
    }

    /// <summary>Connects to <paramref name="peer"/> at the first of <paramref name="addresses"/> that answers; dials to one peer at the same time become one.</summary>
    /// <exception cref="SwarmException">It failed; the message says how for the last address.</exception>
    public async Task<PeerConnection> DialAsync(PeerId peer, IReadOnlyList<Multiaddr> addresses, CancellationToken cancellationToken = default)
    {
        if (peer == Identity.Id) throw new SwarmException(SwarmFault.WrongPeer, "that address is our own");
        if (_connections.Find(peer) is { } existing) return existing;
        var mine = new TaskCompletionSource<PeerConnection>(TaskCreationOptions.RunContinuationsAsynchronously);
        var dial = _dialing.GetOrAdd(peer, mine.Task);
        if (dial != mine.Task)
        {
            try
            {
                return await dial.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                // Whoever began the dial gave it up; we did not.
                return await DialAsync(peer, addresses, cancellationToken).ConfigureAwait(false);
            }
        }
        try
        {
            var connection = await DialFirstAsync(peer, addresses, cancellationToken).ConfigureAwait(false);
            mine.SetResult(connection);
            return connection;
        }
        catch (Exception e)
        {
            _dialing.TryRemove(new(peer, mine.Task)); // first: whoever tries again finds it gone
            mine.SetException(e);
            _ = mine.Task.Exception; // nobody else may be waiting for it
            throw;
        }
        finally
        {
            _dialing.TryRemove(new(peer, mine.Task));
        }
    }

    /// <inheritdoc/>
    public async ValueTask<PeerStream> OpenStreamAsync(PeerId peer, IReadOnlyList<string> protocols, CancellationToken cancellationToken)
    {
        var connection = _connections.Find(peer) ?? throw new SwarmException(SwarmFault.NotConnected, $"not connected to {peer}");
        return await OpenStreamAsync(connection, protocols, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Opens a stream on one connection. A protocol that the peer is known to speak, or the only one asked for, is proposed without waiting for the answer:
    /// a refusal then shows as a <see cref="ChannelException"/> at the first read.</summary>
    /// <exception cref="SwarmException">None of the protocols, a limit, or the connection was lost.</exception>
    public async ValueTask<PeerStream> OpenStreamAsync(PeerConnection connection, IReadOnlyList<string> protocols, CancellationToken cancellationToken)
    {
        ByteChannel? channel = null;
        try
        {
            channel = connection.Muxed.OpenStream();
            var known = protocols.Count == 1 ? protocols[0] : FirstKnown(connection.RemotePeer, protocols);
            if (known is not null) return new PeerStream(new LazyDialChannel(channel, known), connection, known, Direction.Outbound);
            using var deadline = Deadline(_options.NegotiationTimeout, cancellationToken);
            var agreed = await MultistreamSelect.DialAsync(channel, protocols, deadline.Token).ConfigureAwait(false);
            if (agreed is not null) return new PeerStream(channel, connection, agreed, Direction.Outbound);
            channel.Abort();
            throw new SwarmException(SwarmFault.UnsupportedProtocol, $"{connection} speaks none of {string.Join(", ", protocols)}");
        }
        catch (ChannelException e)
        {
            channel?.Abort();
            var fault = e.Fault == ChannelFault.LimitExceeded ? SwarmFault.LimitExceeded : SwarmFault.Closed;
            throw new SwarmException(fault, $"no stream to {connection}: {e.Message}", e);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            channel?.Abort();
            throw new SwarmException(SwarmFault.TimedOut, $"{connection} did not agree on one of {string.Join(", ", protocols)} within {_options.NegotiationTimeout.TotalSeconds:0.#} s");
        }
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

    private async Task AcceptLoopAsync(ITransportListener listener)
    {
        try
        {
            while (await listener.AcceptAsync(_stop.Token).ConfigureAwait(false) is { } raw)
            {
                if (Volatile.Read(ref _pendingInbound) >= _options.MaxPendingInbound)
                {
                    _logger.InboundRefused(raw.RemoteAddress, $"{_options.MaxPendingInbound} handshakes are under way (SwarmOptions.MaxPendingInbound)");
                    raw.Channel.Abort();
                    continue;
                }
                if (_connections.Count >= _options.MaxConnections)
                {
                    _logger.InboundRefused(raw.RemoteAddress, $"{_options.MaxConnections} connections are open (SwarmOptions.MaxConnections)");
                    raw.Channel.Abort();
                    continue;
                }
                Interlocked.Increment(ref _pendingInbound);
                _ = UpgradeInboundAsync(raw);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The host stops.
        }
        catch (Exception e)
        {
            _logger.ListenerFailed(e, listener.Addresses[0]);
        }
    }

    /// <summary>Never faults: whatever an inbound connection does costs that connection alone.</summary>
    private async Task UpgradeInboundAsync(TransportConnection raw)
    {
        try
        {
            using var deadline = Deadline(_options.UpgradeTimeout, CancellationToken.None);
            var connection = await _upgrader.UpgradeAsync(raw, Direction.Inbound, expected: null, OnStream, deadline.Token).ConfigureAwait(false);
            Establish(connection);
        }
        catch (Exception e)
        {
            raw.Channel.Abort();
            _logger.InboundRefused(raw.RemoteAddress, e is OperationCanceledException ? $"the handshake took more than {_options.UpgradeTimeout.TotalSeconds:0.#} s" : e.Message);
        }
        finally
        {
            Interlocked.Decrement(ref _pendingInbound);
        }
    }

    private async Task<PeerConnection> DialFirstAsync(PeerId peer, IReadOnlyList<Multiaddr> addresses, CancellationToken cancellationToken)
    {
        SwarmException? last = null;
        foreach (var address in addresses)
        {
            try
            {
                return await DialOneAsync(address, peer, cancellationToken).ConfigureAwait(false);
            }
            catch (SwarmException e)
            {
                last = e;
            }
        }
        throw last ?? new SwarmException(SwarmFault.Unreachable, $"no address is known for {peer}");
    }

    private async Task<PeerConnection> DialOneAsync(Multiaddr address, PeerId? expected, CancellationToken cancellationToken)
    {
        var transport = FindTransport(address);
        TransportConnection? raw = null;
        try
        {
            using (var reach = Deadline(_options.DialTimeout, cancellationToken)) raw = await transport.DialAsync(address, reach.Token).ConfigureAwait(false);
            using var upgrade = Deadline(_options.UpgradeTimeout, cancellationToken);
            var connection = await _upgrader.UpgradeAsync(raw, Direction.Outbound, expected, OnStream, upgrade.Token).ConfigureAwait(false);
            return Establish(connection);
        }
        catch (Exception e)
        {
            raw?.Channel.Abort();
            cancellationToken.ThrowIfCancellationRequested();
            throw e switch
            {
                SwarmException => e,
                WrongPeerException => new SwarmException(SwarmFault.WrongPeer, $"{address}: {e.Message}", e),
                OperationCanceledException when _stop.IsCancellationRequested => new SwarmException(SwarmFault.Closed, "the host is stopping", e),
                OperationCanceledException => new SwarmException(SwarmFault.TimedOut, $"{address}: no answer in time", e),
                _ when raw is null => new SwarmException(SwarmFault.Unreachable, e.Message, e),
                _ => new SwarmException(SwarmFault.HandshakeFailed, $"{address}: {e.Message}", e),
            };
        }
    }

    private PeerConnection Establish(PeerConnection connection)
    {
        var admission = connection.RemotePeer == Identity.Id ? (Admission?)null : _connections.Add(connection, c => _events.Connected(c.RemotePeer, c));
        if (admission is not (Admission.First or Admission.Further))
        {
            connection.Abort();
            throw admission switch
            {
                null => new SwarmException(SwarmFault.WrongPeer, $"{connection.RemoteAddress}: that is ourselves"),
                Admission.TooMany => new SwarmException(SwarmFault.LimitExceeded, $"{connection}: {_options.MaxConnections} connections are open (SwarmOptions.MaxConnections)"),
                Admission.TooManyOfPeer => new SwarmException(SwarmFault.LimitExceeded, $"{connection}: the peer has {_options.MaxConnectionsPerPeer} connections (SwarmOptions.MaxConnectionsPerPeer)"),
                _ => new SwarmException(SwarmFault.Closed, "the host is stopping"),
            };
        }
        _logger.Connected(connection.RemotePeer, connection.RemoteAddress, connection.Direction);
        _ = WatchAsync(connection);
        _events.Tell();
        connection.Muxed.Start();
        ConnectionEstablished(connection);
        return connection;
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
        connection.MarkClosed();
        _events.Tell();
    }

    private void OnStream(PeerConnection connection, ByteChannel stream)
    {
        if (connection.TryCountStream(_options.MaxInboundStreamsPerConnection)) _ = ServeAsync(connection, stream);
        else stream.Abort(ChannelFault.LimitExceeded, "SwarmOptions.MaxInboundStreamsPerConnection");
    }

    /// <summary>Agrees on the protocol of an inbound stream and lets its handler serve it; never faults.</summary>
    private async Task ServeAsync(PeerConnection connection, ByteChannel channel)
    {
        var protocol = "multistream-select";
        try
        {
            var handlers = _handlers;
            string? agreed;
            using (var deadline = Deadline(_options.NegotiationTimeout, CancellationToken.None))
            {
                (agreed, channel) = await MultistreamSelect.ListenLazilyAsync(channel, handlers.ContainsKey, deadline.Token).ConfigureAwait(false);
            }
            if (agreed is not null)
            {
                protocol = agreed;
                await handlers[agreed].HandleAsync(new PeerStream(channel, connection, agreed, Direction.Inbound), connection.Closed).ConfigureAwait(false);
                await channel.CloseWriteAsync(CancellationToken.None).ConfigureAwait(false);
            }
            await channel.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception e)
        {
            channel.Abort();
            if (e is ChannelException or SwarmException) _logger.StreamFailed(protocol, connection.RemotePeer, e.Message);
            else if (e is OperationCanceledException) _logger.StreamFailed(protocol, connection.RemotePeer, connection.Closed.IsCancellationRequested ? "the connection ended" : "it took too long");
            else _logger.HandlerFailed(e, protocol, connection.RemotePeer);
        }
        finally
        {
            connection.StreamServed();
        }
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

    private string? FirstKnown(PeerId peer, IReadOnlyList<string> protocols)
    {
        if (!_identified.TryGetValue(peer, out var info)) return null;
        foreach (var protocol in protocols)
        {
            if (info.Protocols.Contains(protocol, StringComparer.Ordinal)) return protocol;
        }
        return null;
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
