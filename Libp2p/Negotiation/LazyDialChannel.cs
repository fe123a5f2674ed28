namespace IppanFleet.Libp2p.Negotiation;

/// <summary>Proposes one protocol without waiting for the answer: the proposal travels with the first bytes written, the answer is checked before the first byte is read.</summary>
/// <remarks>Saves a round trip where the remote is known, or bound, to speak the protocol.</remarks>
internal sealed class LazyDialChannel(ByteChannel inner, string protocol) : ByteChannel
{
    /// <summary>What is sent along with the proposal at most: the proposal is copied in front of it.</summary>
    private const int MaxFirst = 32 * 1024;

    private TaskCompletionSource? _proposing;
    private Task<bool>? _answering;
    private volatile bool _proposed, _answered;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        _answered ? inner.ReadAsync(buffer, cancellationToken) : ReadFirstAsync(buffer, cancellationToken);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default) =>
        _proposed ? inner.WriteAsync(data, cancellationToken) : WriteFirstAsync(data, cancellationToken);

    public override async ValueTask CloseWriteAsync(CancellationToken cancellationToken = default)
    {
        if (!_proposed) await WriteFirstAsync(ReadOnlyMemory<byte>.Empty, cancellationToken).ConfigureAwait(false);
        await inner.CloseWriteAsync(cancellationToken).ConfigureAwait(false);
    }

    public override void Abort(ChannelFault fault = ChannelFault.Aborted, string? rule = null) => inner.Abort(fault, rule);

    public override ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return inner.DisposeAsync();
    }

    private async ValueTask WriteFirstAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        var first = data[..Math.Min(data.Length, MaxFirst)];
        if (await ProposeAsync(first, cancellationToken).ConfigureAwait(false)) data = data[first.Length..];
        if (!data.IsEmpty) await inner.WriteAsync(data, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Proposes, with <paramref name="first"/> behind; false, and <paramref name="first"/> is not sent, when the other direction has proposed.
    /// The first read and the first write may come at the same time: one of them proposes, the other waits, so that nothing overtakes the proposal.</summary>
    private async ValueTask<bool> ProposeAsync(ReadOnlyMemory<byte> first, CancellationToken cancellationToken)
    {
        while (!_proposed)
        {
            var mine = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (Interlocked.CompareExchange(ref _proposing, mine, null) is { } others)
            {
                await others.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
                continue;
            }
            if (_proposed) return false;
            try
            {
                await inner.WriteAsync((byte[])[.. MultistreamSelect.Propose(protocol), .. first.Span], cancellationToken).ConfigureAwait(false);
                _proposed = true;
                return true;
            }
            finally
            {
                // Failed or cancelled: the next call tries again.
                Volatile.Write(ref _proposing, null);
                mine.TrySetResult();
            }
        }
        return false;
    }

    private async ValueTask<int> ReadFirstAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (!_proposed) await ProposeAsync(ReadOnlyMemory<byte>.Empty, cancellationToken).ConfigureAwait(false);
        // A read that is cancelled between the two parts of the answer leaves the rest of it to the next read.
        _answering ??= MultistreamSelect.ReadAnswerAsync(inner, protocol, expectHeader: true, CancellationToken.None).AsTask();
        if (!await _answering.WaitAsync(cancellationToken).ConfigureAwait(false))
        {
            inner.Abort(ChannelFault.ProtocolViolation, $"the remote does not speak {protocol}");
            throw new ChannelException(ChannelFault.ProtocolViolation, $"the remote does not speak {protocol}");
        }
        _answered = true;
        return await inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
    }
}
