using IppanFleet.Libp2p.Identity;
using IppanFleet.Libp2p.Negotiation;

namespace IppanFleet.Libp2p.Swarm;

/// <content>Streams, opened and served.</content>
public sealed partial class PeerSwarm
{
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
        var known = protocols.Count == 1 ? protocols[0] : FirstKnown(connection.RemotePeer, protocols);
        // While it is not agreed, the protocol that we like best answers for the stream.
        var lease = LeaseStream(connection, known ?? protocols[0]);
        var opened = false;
        ByteChannel? channel = null;
        try
        {
            channel = connection.Muxed.OpenStream();
            opened = true;
            if (known is not null) return new PeerStream(new LazyDialChannel(channel, known), connection, known, Direction.Outbound) { Lease = lease };
            opened = false;
            using var deadline = Within(_options.NegotiationTimeout, cancellationToken);
            var agreed = await MultistreamSelect.DialAsync(channel, protocols, deadline.Token).ConfigureAwait(false);
            opened = agreed is not null;
            if (agreed is not null) return new PeerStream(channel, connection, agreed, Direction.Outbound) { Lease = lease };
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
        finally
        {
            if (!opened) connection.GiveBack(lease);
        }
    }

    private ResourceLease LeaseStream(PeerConnection connection, string protocol)
    {
        var claim = new ResourceClaim(ResourceKind.OutboundStreams, 1, connection.RemotePeer, Protocol: protocol);
        if (Ledger.TryTake(claim) is { } refusal) throw SwarmException.Refused($"no stream to {connection}", refusal);
        var lease = new ResourceLease(Ledger, claim);
        if (connection.TryKeep(lease)) return lease;
        lease.Dispose();
        throw new SwarmException(SwarmFault.Closed, $"no stream to {connection}: the connection was lost");
    }

    private void OnStream(PeerConnection connection, ByteChannel stream)
    {
        if (!connection.TryCountStream(_options.MaxInboundStreamsPerConnection))
        {
            stream.Abort(ChannelFault.LimitExceeded, "SwarmOptions.MaxInboundStreamsPerConnection");
            return;
        }
        var claim = new ResourceClaim(ResourceKind.InboundStreams, 1, connection.RemotePeer);
        if (Ledger.TryTake(claim) is { } refusal)
        {
            connection.StreamServed();
            stream.Abort(ChannelFault.LimitExceeded, refusal.Option);
            return;
        }
        _ = ServeAsync(connection, stream, claim);
    }

    /// <summary>Agrees on the protocol of an inbound stream and lets its handler serve it; never faults.</summary>
    private async Task ServeAsync(PeerConnection connection, ByteChannel channel, ResourceClaim claim)
    {
        var protocol = "multistream-select";
        try
        {
            var handlers = _handlers;
            string? agreed;
            bool onReadLoop;
            using (var deadline = Within(_options.NegotiationTimeout, CancellationToken.None))
            {
                var negotiating = MultistreamSelect.ListenLazilyAsync(channel, handlers.ContainsKey, deadline.Token);
                onReadLoop = negotiating.IsCompleted;
                (agreed, channel) = await negotiating.ConfigureAwait(false);
            }
            if (agreed is not null)
            {
                protocol = agreed;
                if (Ledger.TryReplace(claim, claim with { Protocol = agreed }) is { } refusal) throw new ChannelException(ChannelFault.LimitExceeded, refusal.ToString());
                claim = claim with { Protocol = agreed };
                var handler = handlers[agreed];
                if (onReadLoop && !handler.IsPrompt) await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
                await handler.HandleAsync(new PeerStream(channel, connection, agreed, Direction.Inbound), connection.Closed).ConfigureAwait(false);
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
            Ledger.Release(claim);
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
}
