namespace IppanFleet.Libp2p.Negotiation;

/// <summary>Proposes one protocol without waiting for the answer: the proposal travels with the first bytes written, the answer is checked before the first byte is read.</summary>
/// <remarks>Saves a round trip where the remote is known, or bound, to speak the protocol.</remarks>
internal sealed class LazyDialChannel(ByteChannel inner, string protocol) : ByteChannel
{
    private readonly PrefaceChannel _inner = new(inner, MultistreamSelect.Propose(protocol));
    private Task<bool>? _answering;
    private volatile bool _answered;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        _answered ? inner.ReadAsync(buffer, cancellationToken) : ReadFirstAsync(buffer, cancellationToken);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default) => _inner.WriteAsync(data, cancellationToken);

    public override ValueTask CloseWriteAsync(CancellationToken cancellationToken = default) => _inner.CloseWriteAsync(cancellationToken);

    public override void Abort(ChannelFault fault = ChannelFault.Aborted, string? rule = null) => inner.Abort(fault, rule);

    public override ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return inner.DisposeAsync();
    }

    private async ValueTask<int> ReadFirstAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        // A read that is cancelled between the two parts of the answer leaves the rest of it to the next read.
        _answering ??= MultistreamSelect.ReadAnswerAsync(_inner, protocol, expectHeader: true, CancellationToken.None).AsTask();
        if (!await _answering.WaitAsync(cancellationToken).ConfigureAwait(false))
        {
            inner.Abort(ChannelFault.ProtocolViolation, $"the remote does not speak {protocol}");
            throw new ChannelException(ChannelFault.ProtocolViolation, $"the remote does not speak {protocol}");
        }
        _answered = true;
        return await inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
    }
}
