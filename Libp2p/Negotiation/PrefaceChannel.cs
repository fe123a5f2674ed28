namespace IppanFleet.Libp2p.Negotiation;

/// <summary>Sends some bytes of its own along with the first that are written, or before the first read: a proposal or an answer then costs no write of its own.</summary>
internal sealed class PrefaceChannel(ByteChannel inner, byte[] preface) : ByteChannel
{
    /// <summary>What is sent along with the preface at most: the preface is copied in front of it.</summary>
    private const int MaxFirst = 32 * 1024;

    private TaskCompletionSource? _sending;
    private volatile bool _sent;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        _sent ? inner.ReadAsync(buffer, cancellationToken) : ReadFirstAsync(buffer, cancellationToken);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default) =>
        _sent ? inner.WriteAsync(data, cancellationToken) : WriteFirstAsync(data, cancellationToken);

    public override async ValueTask CloseWriteAsync(CancellationToken cancellationToken = default)
    {
        if (!_sent) await SendAsync(ReadOnlyMemory<byte>.Empty, cancellationToken).ConfigureAwait(false);
        await inner.CloseWriteAsync(cancellationToken).ConfigureAwait(false);
    }

    public override void Abort(ChannelFault fault = ChannelFault.Aborted, string? rule = null) => inner.Abort(fault, rule);

    /// <summary>Ends the channel; what was not sent by then is not needed.</summary>
    public override ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return inner.DisposeAsync();
    }

    private async ValueTask<int> ReadFirstAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        await SendAsync(ReadOnlyMemory<byte>.Empty, cancellationToken).ConfigureAwait(false);
        return await inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask WriteFirstAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        var first = data[..Math.Min(data.Length, MaxFirst)];
        if (await SendAsync(first, cancellationToken).ConfigureAwait(false)) data = data[first.Length..];
        if (!data.IsEmpty) await inner.WriteAsync(data, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Sends the preface, with <paramref name="first"/> behind; false, and <paramref name="first"/> is not sent, when the other direction has sent the preface.
    /// The first read and the first write may come at the same time: one of them sends, the other waits, so that nothing overtakes the preface.</summary>
    private async ValueTask<bool> SendAsync(ReadOnlyMemory<byte> first, CancellationToken cancellationToken)
    {
        while (!_sent)
        {
            var mine = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (Interlocked.CompareExchange(ref _sending, mine, null) is { } others)
            {
                await others.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
                continue;
            }
            if (_sent) return false;
            try
            {
                await inner.WriteAsync((byte[])[.. preface, .. first.Span], cancellationToken).ConfigureAwait(false);
                _sent = true;
                return true;
            }
            finally
            {
                // Failed or cancelled: the next call tries again.
                Volatile.Write(ref _sending, null);
                mine.TrySetResult();
            }
        }
        return false;
    }
}
