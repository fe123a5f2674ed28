namespace IppanFleet.Libp2p.Swarm;

/// <content>The life of a connection once its handshake is done: admission, eviction, end.</content>
public sealed partial class PeerSwarm
{
    /// <summary>Asks the gater anew about every connection, and ends those that it no longer allows; for when its rules have changed. Returns how many it ended.</summary>
    public int CloseRefused()
    {
        if (_options.Gater is null) return 0;
        var closed = 0;
        foreach (var connection in _connections.All())
        {
            if (_watch.Allows(connection, static (g, c) => g.AllowSecured(c.Direction, c.RemotePeer, c.RemoteAddress) && g.AllowUpgraded(c))) continue;
            connection.Abort(ChannelFault.Aborted, "the gater no longer allows it");
            closed++;
        }
        return closed;
    }

    private PeerConnection Establish(PeerConnection connection)
    {
        if (connection.RemotePeer == Identity.Id) throw Turn(connection, new SwarmException(SwarmFault.WrongPeer, $"{connection.RemoteAddress}: that is ourselves"));
        if (!_watch.Allows(connection, static (g, c) => g.AllowUpgraded(c))) throw Turn(connection, new SwarmException(SwarmFault.Gated, $"{connection} is not allowed"));
        if (TakeConnection(connection) is { } refusal && MakeRoomFor(connection, refusal) is { } final) throw Turn(connection, SwarmException.Refused($"{connection}", final));
        if (_connections.Add(connection, c => _events.Connected(c.RemotePeer, c)) == Admission.Stopped)
        {
            ReleaseConnection(connection);
            throw Turn(connection, new SwarmException(SwarmFault.Closed, "the host is stopping"));
        }
        _logger.Connected(connection.RemotePeer, connection.RemoteAddress, connection.Direction);
        _watch.Opened(connection);
        _ = WatchAsync(connection);
        // What is asked first travels with the end of the handshake, which is sent when the muxer waits for the remote: before anybody is told, who may take his time.
        ConnectionEstablished(connection);
        connection.Muxed.Start();
        _events.Tell();
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
        if (!connection.TryRelease()) return;
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
            Manager.Forget(peer);
            _events.Disconnected(peer);
        });
        ReleaseConnection(connection);
        connection.MarkClosed();
        _watch.Closed(connection, end.Message);
        _events.Tell();
    }

    /// <summary>Makes room for a newcomer; answers why there is none.</summary>
    private ResourceRefusal? MakeRoomFor(PeerConnection newcomer, ResourceRefusal refusal)
    {
        if (ReleaseEnded())
        {
            if (TakeConnection(newcomer) is not { } again) return null;
            refusal = again;
        }
        return EvictFor(newcomer, refusal);
    }

    /// <summary>Takes back what connections hold that have ended and wait to be tidied up after: on a busy machine a peer that comes back at once would find its own places taken. False when there are none.</summary>
    private bool ReleaseEnded()
    {
        var released = false;
        foreach (var connection in _connections.All())
        {
            if (!connection.Muxed.Completion.IsCompleted || connection.IsReleased) continue;
            ReleaseConnection(connection);
            released = true;
        }
        return released;
    }

    /// <summary>Makes room for a newcomer by closing the least useful connection, if that is less useful than the newcomer; else answers why there is none.</summary>
    private ResourceRefusal? EvictFor(PeerConnection newcomer, ResourceRefusal refusal)
    {
        if (refusal.Scope != ResourceScope.Node || refusal.Kind == ResourceKind.Memory) return refusal;
        var least = _connections.LeastUseful(Manager, Time.GetUtcNow() - _options.GracePeriod);
        if (least is not { } victim || !Manager.Value(newcomer, established: false).Outranks(victim.Value)) return refusal;
        Evict(victim.Connection);
        return TakeConnection(newcomer);
    }

    /// <summary>Whether, with all places taken, a connection of which nothing is known yet could be worth one.</summary>
    private bool MayEvict() =>
        Manager.HasFavourites
        || (_connections.LeastUseful(Manager, Time.GetUtcNow() - _options.GracePeriod) is { } least && new Usefulness(Protected: false, 0, Busy: false, Outbound: false, Time.GetUtcNow()).Outranks(least.Value));

    private void Evict(PeerConnection connection)
    {
        _logger.Evicted(connection.RemotePeer, connection.RemoteAddress);
        ReleaseConnection(connection);
        _ = CloseQuietlyAsync(connection);
    }

    /// <summary>Says goodbye; the end is bounded by the muxer's own time-out and never faults.</summary>
    private async Task CloseQuietlyAsync(PeerConnection connection)
    {
        try
        {
            await connection.CloseAsync(_stop.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            connection.Abort(ChannelFault.Aborted, e.Message);
        }
    }

    /// <summary>Closes what is idle or redundant, and trims what is too much.</summary>
    private void Sweep()
    {
        var now = Time.GetUtcNow();
        foreach (var connection in _connections.All())
        {
            connection.Muxed.Tend();
            if (connection.StreamCount > 0) connection.LastBusy = now;
            else if (now - connection.SurplusSince >= ConnectionPreference.Together) _ = CloseQuietlyAsync(connection);
            else if (now - connection.LastBusy >= _options.IdleConnectionTimeout) connection.Abort(ChannelFault.Aborted, $"idle for {_options.IdleConnectionTimeout.TotalSeconds:0.#} s");
        }
        if (_connections.Count > _options.HighWater) Trim(now);
    }

    private void Trim(DateTimeOffset now)
    {
        var candidates = new List<(PeerConnection Connection, Usefulness Value)>();
        var staying = 0;
        foreach (var connection in _connections.All())
        {
            // What an earlier trimming evicted may still be saying goodbye.
            if (connection.IsReleased) continue;
            staying++;
            if (now - connection.OpenedAt < _options.GracePeriod) continue;
            var value = Manager.Value(connection, established: true);
            if (!value.Protected) candidates.Add((connection, value));
        }
        candidates.Sort(static (a, b) => a.Value.CompareTo(b.Value));
        if (staying <= _options.HighWater) return;
        var surplus = Math.Min(candidates.Count, staying - _options.LowWater);
        for (var i = 0; i < surplus; i++) Evict(candidates[i].Connection);
    }
}
