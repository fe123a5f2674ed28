using System.Buffers;

namespace IppanFleet.Libp2p.Negotiation;

/// <summary>Gathers the small reads and writes of an opening connection into few: what it read ahead is served first; what is written waits until a read has to wait for the remote.
/// A few such turns after <see cref="Release"/> it is transparent, so that the last message of the handshake and the first of the streams travel together.</summary>
/// <remarks>Until the release one caller at a time; afterwards one reader and one writer. What is written while the reader waits is sent at once, so that nothing is held for long.</remarks>
internal sealed class BufferedChannel(ByteChannel inner) : ByteChannel
{
    private const int BufferSize = 2048;

    /// <summary>Reads after the release before which writes are still gathered: two or three turns, since a reader that was idle looks first and reads then.</summary>
    private const int TurnsAfterRelease = 6;

    private readonly Lock _gate = new();
    private byte[]? _buffer;
    private ArrayBufferWriter<byte>? _held;
    private Task _flush = Task.CompletedTask;
    private int _start, _end, _turns;
    private bool _released, _waiting;
    private volatile bool _open;

    /// <summary>The handshake is done.</summary>
    internal void Release() => _released = true;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_start < _end) return ValueTask.FromResult(TakeBuffered(buffer));
        return _open && buffer.Length is 0 or >= BufferSize ? inner.ReadAsync(buffer, cancellationToken) : WaitAsync(buffer, cancellationToken);
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default)
    {
        if (!_open)
        {
            lock (_gate)
            {
                if (!_waiting && !_open)
                {
                    _held ??= new ArrayBufferWriter<byte>(512);
                    _held.Write(data.Span);
                    return _held.WrittenCount < BufferSize ? ValueTask.CompletedTask : new ValueTask(Flush());
                }
            }
        }
        return _flush.IsCompletedSuccessfully ? inner.WriteAsync(data, cancellationToken) : WriteBehindAsync(_flush, data, cancellationToken);
    }

    public override async ValueTask CloseWriteAsync(CancellationToken cancellationToken = default)
    {
        Task flush;
        lock (_gate) flush = Flush();
        await flush.WaitAsync(cancellationToken).ConfigureAwait(false);
        await inner.CloseWriteAsync(cancellationToken).ConfigureAwait(false);
    }

    public override void Abort(ChannelFault fault = ChannelFault.Aborted, string? rule = null) => inner.Abort(fault, rule);

    /// <summary>Sends what is held; called under the lock.</summary>
    private Task Flush()
    {
        if (_held is not { WrittenCount: > 0 } held) return _flush;
        _held = null;
        return _flush = WriteBehindAsync(_flush, held.WrittenMemory, CancellationToken.None).AsTask();
    }

    private async ValueTask WriteBehindAsync(Task before, ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        await before.WaitAsync(cancellationToken).ConfigureAwait(false);
        await inner.WriteAsync(data, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<int> WaitAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        Task flush;
        lock (_gate)
        {
            _waiting = true;
            flush = Flush();
            // Last: who finds it open without the lock must find what is still being sent, too.
            if (_released && ++_turns >= TurnsAfterRelease) _open = true;
        }
        try
        {
            if (!flush.IsCompletedSuccessfully) await flush.WaitAsync(cancellationToken).ConfigureAwait(false);
            if (_released && buffer.Length is 0 or >= BufferSize) return await inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            await FillAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            lock (_gate) _waiting = false;
        }
        return TakeBuffered(buffer);
    }

    private async ValueTask FillAsync(CancellationToken cancellationToken)
    {
        var scratch = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            _end = await inner.ReadAsync(scratch.AsMemory(0, BufferSize), cancellationToken).ConfigureAwait(false);
            (_buffer, _start, scratch) = (scratch, 0, null);
        }
        finally
        {
            if (scratch is not null) ArrayPool<byte>.Shared.Return(scratch);
        }
    }

    private int TakeBuffered(Memory<byte> buffer)
    {
        var size = Math.Min(buffer.Length, _end - _start);
        _buffer.AsMemory(_start, size).CopyTo(buffer);
        _start += size;
        if (_start == _end && _buffer is not null)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = null;
            _start = _end = 0;
        }
        return size;
    }
}
