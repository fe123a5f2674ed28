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
        var claim = new ResourceClaim(ResourceKind.OutboundConnections, 1, expected, IpGroup.Of(address, _options.Limits.LimitLoopback));
        if (Ledger.WouldRefuse(claim) is { } refusal) throw SwarmException.Refused($"{address}", Counted(refusal));
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
}
