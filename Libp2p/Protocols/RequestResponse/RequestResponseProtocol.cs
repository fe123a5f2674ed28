using IppanFleet.Libp2p.Identity;
using IppanFleet.Libp2p.Swarm;

namespace IppanFleet.Libp2p.Protocols.RequestResponse;

/// <summary>Answers one request.</summary>
/// <param name="peer">Who asks.</param>
/// <param name="request">The request; valid until the answer is returned.</param>
/// <param name="cancellationToken">Ends with the deadline or the connection.</param>
public delegate ValueTask<ReadOnlyMemory<byte>> RequestHandler(PeerId peer, ReadOnlyMemory<byte> request, CancellationToken cancellationToken);

/// <summary>One request and one response a stream, each with its length before it: bounded in size, time and number, for protocols that ask and answer.</summary>
/// <remarks>Buffers of both are reserved in the host's ledger before they are allocated; what a handler itself holds is its own to reserve.</remarks>
public sealed class RequestResponseProtocol : IProtocolHandler
{
    private readonly ISwarm _swarm;
    private readonly RequestHandler _handler;
    private readonly RequestResponseOptions _options;
    private readonly ExchangeLimiter _inbound, _outbound;

    /// <summary>The protocol <paramref name="ids"/>, best first, answered by <paramref name="handler"/>; add it to the host.</summary>
    public RequestResponseProtocol(ISwarm swarm, IReadOnlyList<string> ids, RequestHandler handler, RequestResponseOptions? options = null)
    {
        (_swarm, Protocols, _handler, _options) = (swarm, ids, handler, options ?? new RequestResponseOptions());
        _inbound = new ExchangeLimiter(_options.MaxInboundPerPeer, _options.MaxInbound);
        _outbound = new ExchangeLimiter(_options.MaxOutboundPerPeer, int.MaxValue);
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Protocols { get; }

    /// <summary>Requests that are being served now.</summary>
    public int Serving => _inbound.Count;

    /// <summary>Asks a connected peer.</summary>
    /// <exception cref="SwarmException">Not connected, a limit of ours, or no answer in time.</exception>
    /// <exception cref="ChannelException">The peer refused, broke off, or answered too much.</exception>
    /// <exception cref="ArgumentException">The request is larger than the limit.</exception>
    public async Task<byte[]> RequestAsync(PeerId peer, ReadOnlyMemory<byte> request, CancellationToken cancellationToken = default)
    {
        if (request.Length > _options.MaxRequestSize) throw new ArgumentException($"a request of {request.Length} bytes; at most {_options.MaxRequestSize} (RequestResponseOptions.MaxRequestSize)", nameof(request));
        if (!_outbound.TryEnter(peer)) throw new SwarmException(SwarmFault.LimitExceeded, $"{_options.MaxOutboundPerPeer} requests to {peer} are under way (RequestResponseOptions.MaxOutboundPerPeer)");
        PeerStream? stream = null;
        using var deadline = new Deadline(_swarm.Time, _options.Timeout, cancellationToken);
        try
        {
            stream = await _swarm.OpenStreamAsync(peer, Protocols, deadline.Token).ConfigureAwait(false);
            await WriteAsync(stream, request, deadline.Token).ConfigureAwait(false);
            await stream.CloseWriteAsync(deadline.Token).ConfigureAwait(false);
            using var memory = _swarm.Ledger.Reserve(0, peer, stream.Protocol);
            using var reader = new LengthPrefixedReader(stream, _options.MaxResponseSize, memory);
            var response = await reader.ReadAsync(deadline.Token).ConfigureAwait(false) ?? throw new ChannelException(ChannelFault.Truncated, $"{Protocols[0]}: closed without a response");
            using var copy = _swarm.Ledger.Reserve(response.Length, peer, stream.Protocol);
            var answer = response.ToArray();
            await stream.DisposeAsync().ConfigureAwait(false);
            return answer;
        }
        catch (Exception e)
        {
            // The peer need not go on with what nobody waits for.
            stream?.Abort();
            if (e is OperationCanceledException && !cancellationToken.IsCancellationRequested)
            {
                throw new SwarmException(SwarmFault.TimedOut, $"{Protocols[0]}: {peer} did not answer within {_options.Timeout.TotalSeconds:0.#} s", e);
            }
            throw;
        }
        finally
        {
            _outbound.Leave(peer);
        }
    }

    /// <inheritdoc/>
    public async ValueTask HandleAsync(PeerStream stream, CancellationToken cancellationToken)
    {
        var peer = stream.RemotePeer;
        if (!_inbound.TryEnter(peer)) throw new ChannelException(ChannelFault.LimitExceeded, $"{stream.Protocol}: too many requests at a time (RequestResponseOptions.MaxInboundPerPeer, MaxInbound)");
        try
        {
            using var deadline = new Deadline(_swarm.Time, _options.Timeout, cancellationToken);
            using var memory = _swarm.Ledger.Reserve(0, peer, stream.Protocol);
            using var reader = new LengthPrefixedReader(stream, _options.MaxRequestSize, memory);
            var request = await reader.ReadAsync(deadline.Token).ConfigureAwait(false) ?? throw new ChannelException(ChannelFault.Truncated, $"{stream.Protocol}: closed without a request");
            var response = await _handler(peer, request, deadline.Token).ConfigureAwait(false);
            if (response.Length > _options.MaxResponseSize)
            {
                throw new InvalidOperationException($"{stream.Protocol}: a response of {response.Length} bytes; at most {_options.MaxResponseSize} (RequestResponseOptions.MaxResponseSize)");
            }
            await WriteAsync(stream, response, deadline.Token).ConfigureAwait(false);
        }
        finally
        {
            _inbound.Leave(peer);
        }
    }

    /// <summary>Writes a message, whose copy under way counts as memory.</summary>
    private async ValueTask WriteAsync(PeerStream stream, ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        using var copy = _swarm.Ledger.Reserve(message.Length, stream.RemotePeer, stream.Protocol);
        await LengthPrefixed.WriteAsync(stream, message, cancellationToken).ConfigureAwait(false);
    }
}
