namespace IppanFleet.Libp2p.Negotiation;

/// <summary>Proposes one protocol without waiting for the answer: the proposal travels with the first bytes written, the answer is checked before the first byte is read.</summary>
/// <remarks>Saves a round trip where the remote is known, or bound, to speak the protocol.</remarks>
internal sealed class LazyDialChannel(ByteChannel inner, string protocol) : ByteChannel
{
    private readonly PrefaceChannel _inner = new(inner, MultistreamSelect.Propose(protocol));
    private readonly Lock _gate = new();
    private Task<bool>? _answering;
    private volatile bool _answered;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        _answered ? inner.ReadAsync(buffer, cancellationToken) : ReadFirstAsync(buffer, cancellationToken);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default) => _inner.WriteAsync(data, cancellationToken);

    /// <summary>Closes our direction once the remote has answered: some implementations reset a stream that is closed while they still negotiate it.</summary>
    public override async ValueTask CloseWriteAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            if (!_answered) await ReadAnswerAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (ChannelException)
        {
            // The stream has ended: there is nothing left to close, and the next read tells why.
            return;
        }
        await _inner.CloseWriteAsync(cancellationToken).ConfigureAwait(false);
    }

    public override void Abort(ChannelFault fault = ChannelFault.Aborted, string? rule = null) => inner.Abort(fault, rule);

    public override ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return inner.DisposeAsync();
    }

    private async ValueTask<int> ReadFirstAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        await ReadAnswerAsync(cancellationToken).ConfigureAwait(false);
        return await inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Reads the answer once, for whoever asks first: a caller that is cancelled between its two parts leaves the rest to the next.</summary>
    private async ValueTask ReadAnswerAsync(CancellationToken cancellationToken)
    {
        Task<bool> answering;
        lock (_gate) answering = _answering ??= MultistreamSelect.ReadAnswerAsync(_inner, protocol, expectHeader: true, CancellationToken.None).AsTask();
        if (!await answering.WaitAsync(cancellationToken).ConfigureAwait(false))
        {
            inner.Abort(ChannelFault.ProtocolViolation, $"the remote does not speak {protocol}");
            throw new ChannelException(ChannelFault.ProtocolViolation, $"the remote does not speak {protocol}");
        }
        _answered = true;
    }
}
