namespace IppanFleet.Libp2p.Negotiation;

/// <summary>Proposes one protocol without waiting for the answer: the proposal travels with the first bytes written, the answer is checked before the first byte is read.</summary>
/// <remarks>Saves a round trip where the remote is known, or bound, to speak the protocol.</remarks>
internal sealed class LazyDialChannel(ByteChannel inner, string protocol) : ByteChannel
{
    private bool _proposed, _answered;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        _answered ? inner.ReadAsync(buffer, cancellationToken) : ReadFirstAsync(buffer, cancellationToken);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default)
    {
        if (_proposed) return inner.WriteAsync(data, cancellationToken);
        _proposed = true;
        return inner.WriteAsync((byte[])[.. MultistreamSelect.Propose(protocol), .. data.Span], cancellationToken);
    }

    public override async ValueTask CloseWriteAsync(CancellationToken cancellationToken = default)
    {
        if (!_proposed) await WriteAsync(ReadOnlyMemory<byte>.Empty, cancellationToken).ConfigureAwait(false);
        await inner.CloseWriteAsync(cancellationToken).ConfigureAwait(false);
    }

    public override void Abort(ChannelFault fault = ChannelFault.Aborted, string? rule = null) => inner.Abort(fault, rule);

    public override ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return inner.DisposeAsync();
    }

    private async ValueTask<int> ReadFirstAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (!_proposed) await WriteAsync(ReadOnlyMemory<byte>.Empty, cancellationToken).ConfigureAwait(false);
        if (!await MultistreamSelect.ReadAnswerAsync(inner, protocol, expectHeader: true, cancellationToken).ConfigureAwait(false))
        {
            inner.Abort(ChannelFault.ProtocolViolation, $"the remote does not speak {protocol}");
            throw new ChannelException(ChannelFault.ProtocolViolation, $"the remote does not speak {protocol}");
        }
        _answered = true;
        return await inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
    }
}
