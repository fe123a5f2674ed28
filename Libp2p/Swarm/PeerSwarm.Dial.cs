using IppanFleet.Libp2p.Identity;
using IppanFleet.Libp2p.Multiformats;
using IppanFleet.Libp2p.Security;
using IppanFleet.Libp2p.Transports;

namespace IppanFleet.Libp2p.Swarm;

/// <content>Connections that we dial.</content>
public sealed partial class PeerSwarm
{
    /// <summary>Connects to the peer at <paramref name="address"/>; an existing connection to the peer that the address names is used.</summary>
    /// <exception cref="SwarmException">It failed; the message says how.</exception>
    public Task<PeerConnection> DialAsync(Multiaddr address, CancellationToken cancellationToken = default)
    {
        return address.PeerId is { } peer ? DialAsync(peer, [address], force: true, cancellationToken) : DialAnyAsync(peer: null, [address], force: true, cancellationToken);
    }

    /// <summary>Connects to <paramref name="peer"/> at the first of <paramref name="addresses"/> that answers, near ones tried first and several side by side; dials to one peer at the same time become one.</summary>
    /// <exception cref="SwarmException">It failed; the message says how for the last address.</exception>
    public Task<PeerConnection> DialAsync(PeerId peer, IReadOnlyList<Multiaddr> addresses, CancellationToken cancellationToken = default) =>
        DialAsync(peer, addresses, force: false, cancellationToken);

    private async Task<PeerConnection> DialAsync(PeerId peer, IReadOnlyList<Multiaddr> addresses, bool force, CancellationToken cancellationToken)
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
                return await DialAsync(peer, addresses, force, cancellationToken).ConfigureAwait(false);
            }
        }
        try
        {
            var dialed = await DialAnyAsync(peer, addresses, force, cancellationToken).ConfigureAwait(false);
            // The peer may have dialed at the same time: both sides then prefer the same connection.
            var connection = _connections.Find(peer) ?? dialed;
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

    /// <summary>Resolves, ranks and tries addresses. <paramref name="force"/>: an address that failed lately is tried all the same, since it was asked for by itself.</summary>
    private async Task<PeerConnection> DialAnyAsync(PeerId? peer, IReadOnlyList<Multiaddr> addresses, bool force, CancellationToken cancellationToken)
    {
        string? unresolved = null;
        if (NeedsResolving(addresses)) (addresses, unresolved) = await ResolveAsync(addresses, cancellationToken).ConfigureAwait(false);
        if (addresses.Count == 1 && force) return await DialOneAsync(addresses[0], peer, race: null, cancellationToken).ConfigureAwait(false);
        var ranked = AddressRanking.Rank(addresses, _options.MaxAddressesPerDial);
        if (ranked.Count == 0) throw new SwarmException(SwarmFault.Unreachable, unresolved ?? $"no address is known for {peer}");
        var now = Time.GetUtcNow();
        if (!force && ranked.RemoveAll(a => !_backoff.IsOpen(a, now)) > 0 && ranked.Count == 0)
        {
            throw new SwarmException(SwarmFault.BackedOff, $"all addresses of {peer} failed lately (SwarmOptions.DialBackoff)");
        }
        return ranked.Count == 1 ? await DialOneAsync(ranked[0], peer, race: null, cancellationToken).ConfigureAwait(false) : await RaceAsync(peer, ranked, cancellationToken).ConfigureAwait(false);
    }

    private static bool NeedsResolving(IReadOnlyList<Multiaddr> addresses)
    {
        for (var i = 0; i < addresses.Count; i++)
        {
            if (AddressResolver.NeedsResolving(addresses[i])) return true;
        }
        return false;
    }

    private async ValueTask<(List<Multiaddr> Addresses, string? Failed)> ResolveAsync(IReadOnlyList<Multiaddr> addresses, CancellationToken cancellationToken)
    {
        using var deadline = Within(_options.DialTimeout, cancellationToken);
        try
        {
            return await _resolver.ResolveAsync(addresses, deadline.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new SwarmException(SwarmFault.TimedOut, $"{addresses[0]}: the name did not resolve in time", e);
        }
    }

    /// <summary>Tries addresses side by side: the next joins in when one fails or has not answered for a while; the first to finish wins and the others are cancelled (RFC 8305 §5).</summary>
    private async Task<PeerConnection> RaceAsync(PeerId? peer, List<Multiaddr> ranked, CancellationToken cancellationToken)
    {
        using var losers = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var race = new DialRace();
        var running = new List<Task<PeerConnection>>(ranked.Count);
        SwarmException? last = null;
        try
        {
            for (var next = 0; next < ranked.Count || running.Count > 0;)
            {
                if (next < ranked.Count) running.Add(DialOneAsync(ranked[next++], peer, race, losers.Token));
                Task any = Task.WhenAny(running);
                await (next < ranked.Count ? Task.WhenAny(any, Task.Delay(_options.DialStagger, Time, losers.Token)) : any).ConfigureAwait(false);
                for (var i = running.Count - 1; i >= 0; i--)
                {
                    if (!running[i].IsCompleted) continue;
                    var done = running[i];
                    running.RemoveAt(i);
                    try
                    {
                        return await done.ConfigureAwait(false);
                    }
                    catch (SwarmException e)
                    {
                        last = e;
                    }
                }
            }
        }
        finally
        {
            await losers.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(running).ContinueWith(static t => _ = t.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default).ConfigureAwait(false);
        }
        throw last ?? new SwarmException(SwarmFault.Unreachable, $"no address of {peer} answered");
    }

    private async Task<PeerConnection> DialOneAsync(Multiaddr address, PeerId? expected, DialRace? race, CancellationToken cancellationToken)
    {
        try
        {
            var connection = await ReachAsync(address, expected, race, cancellationToken).ConfigureAwait(false);
            _backoff.Succeeded(address);
            return connection;
        }
        catch (SwarmException e)
        {
            if (e.Fault is SwarmFault.Unreachable or SwarmFault.TimedOut or SwarmFault.HandshakeFailed or SwarmFault.WrongPeer) _backoff.Failed(address, Time.GetUtcNow());
            _watch.DialFailed(address, e);
            throw;
        }
    }

    private async Task<PeerConnection> ReachAsync(Multiaddr address, PeerId? expected, DialRace? race, CancellationToken cancellationToken)
    {
        // A name may have led to addresses of peers that nobody named before.
        expected ??= address.PeerId;
        var transport = FindTransport(address);
        if (!_watch.Allows((expected, address), static (g, d) => g.AllowDial(d.expected, d.address))) throw new SwarmException(SwarmFault.Gated, $"dialing {address} is not allowed");
        var ip = IpGroup.Of(address, _options.Limits.LimitLoopback);
        var claim = new ResourceClaim(ResourceKind.OutboundConnections, 1, expected, ip);
        if (Ledger.WouldRefuse(claim) is { } refusal && !(refusal.Scope == ResourceScope.Node && MayEvict())) throw SwarmException.Refused($"{address}", Counted(refusal));
        TransportConnection? raw = null;
        var entered = false;
        try
        {
            await WaitForTurnAsync(address, ip.Host, cancellationToken).ConfigureAwait(false);
            entered = true;
            using (var reach = Within(_options.DialTimeout, cancellationToken)) raw = await transport.DialAsync(address, reach.Token).ConfigureAwait(false);
            using var upgrade = Within(_options.UpgradeTimeout, cancellationToken);
            var connection = await _upgrader.UpgradeAsync(raw, Direction.Outbound, expected, _watch, OnStream, Ledger, upgrade.Token).ConfigureAwait(false);
            return race is null || race.TryWin() ? Establish(connection) : throw Turn(connection, new SwarmException(SwarmFault.Closed, $"{address}: another address was faster"));
        }
        catch (Exception e)
        {
            raw?.Channel.Abort();
            cancellationToken.ThrowIfCancellationRequested();
            throw Explain(e, address, reached: raw is not null);
        }
        finally
        {
            if (entered) _slots.Leave(ip.Host);
        }
    }

    /// <summary>Waits among the dials, no longer than one may take; then it is our limit that stood against it, and the address is not to blame.</summary>
    private async ValueTask WaitForTurnAsync(Multiaddr address, IpPrefix host, CancellationToken cancellationToken)
    {
        using var patience = Within(_options.DialTimeout, cancellationToken);
        try
        {
            if (await _slots.EnterAsync(host, patience.Token).ConfigureAwait(false) is { } full) throw SwarmException.Refused($"{address}", Counted(full));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested && !_stop.IsCancellationRequested)
        {
            throw SwarmException.Refused($"{address}: no turn within {_options.DialTimeout.TotalSeconds:0.#} s", Counted(_slots.Explain(host)));
        }
    }

    private SwarmException Explain(Exception e, Multiaddr address, bool reached) => e switch
    {
        SwarmException known => known,
        WrongPeerException => new SwarmException(SwarmFault.WrongPeer, $"{address}: {e.Message}", e),
        OperationCanceledException when _stop.IsCancellationRequested => new SwarmException(SwarmFault.Closed, "the host is stopping", e),
        OperationCanceledException => new SwarmException(SwarmFault.TimedOut, $"{address}: no answer in time", e),
        _ when !reached => new SwarmException(SwarmFault.Unreachable, e.Message, e),
        _ => new SwarmException(SwarmFault.HandshakeFailed, $"{address}: {e.Message}", e),
    };

    /// <summary>Dials to one peer of which one alone may become a connection.</summary>
    private sealed class DialRace
    {
        private bool _won;

        internal bool TryWin() => !Interlocked.Exchange(ref _won, true);
    }
}
