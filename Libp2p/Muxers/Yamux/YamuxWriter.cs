using System.Buffers;

namespace IppanFleet.Libp2p.Muxers.Yamux;

/// <summary>Gathers the frames of all streams and writes them out in few writes. Whoever finds nobody writing writes for all; the others add to what is pending.</summary>
internal sealed class YamuxWriter(ByteChannel channel, YamuxOptions options, Action<ChannelException> failed)
{
    private const int SmallestBuffer = 1024;

    private readonly Lock _gate = new();
    private byte[]? _pending;
    private int _length, _control;
    private bool _writing;
    private TaskCompletionSource? _room;
    private ChannelException? _end;

    /// <summary>Queues a frame without body, never waiting; false when the remote has let too many pile up.</summary>
    internal bool TryWrite(in YamuxHeader header)
    {
        lock (_gate)
        {
            if (_end is not null) return true;
            if (_control >= options.MaxPendingControlFrames) return false;
            _control++;
            header.Write(Reserve(YamuxHeader.Size));
            if (!StartWriting()) return true;
        }
        _ = WritePendingAsync();
        return true;
    }

    /// <summary>Queues a frame with a body, waiting while too much is pending; false, and nothing is queued, when <paramref name="stream"/> was reset meanwhile:
    /// behind a reset it would open the stream anew at the remote.</summary>
    internal async ValueTask<bool> WriteAsync(YamuxHeader header, ReadOnlyMemory<byte> body, YamuxStreamState stream, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task room;
            lock (_gate)
            {
                if (_end is { } end) throw new ChannelException(end.Fault, end.Rule, end);
                if (stream.Reset) return false;
                if (_length == 0 || _length + YamuxHeader.Size + body.Length <= options.MaxPendingBytes)
                {
                    header.Write(Reserve(YamuxHeader.Size));
                    body.Span.CopyTo(Reserve(body.Length));
                    if (!StartWriting()) return true;
                    break;
                }
                room = (_room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            }
            await room.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        _ = WritePendingAsync();
        return true;
    }

    /// <summary>Ends when nothing is pending.</summary>
    internal async ValueTask DrainAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task room;
            lock (_gate)
            {
                if (!_writing || _end is not null) return;
                room = (_room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            }
            await room.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Refuses everything from now on and wakes who waits.</summary>
    internal void End(ChannelException end)
    {
        TaskCompletionSource? room;
        lock (_gate)
        {
            _end ??= end;
            (room, _room) = (_room, null);
            if (_pending is not null) ArrayPool<byte>.Shared.Return(_pending);
            _pending = null;
            _length = _control = 0;
        }
        room?.TrySetResult();
    }

    private bool StartWriting()
    {
        if (_writing) return false;
        return _writing = true;
    }

    /// <summary>Writes until nothing is pending. It never faults: a failure goes to the connection, which ends.</summary>
    private async Task WritePendingAsync()
    {
        while (true)
        {
            byte[]? buffer;
            int length;
            TaskCompletionSource? room;
            lock (_gate)
            {
                (buffer, length, room) = (_pending, _length, _room);
                _pending = null;
                _length = _control = 0;
                _room = null;
                if (buffer is null) _writing = false;
            }
            room?.TrySetResult();
            if (buffer is null) return;
            try
            {
                await channel.WriteAsync(buffer.AsMemory(0, length)).ConfigureAwait(false);
            }
            catch (Exception e)
            {
                failed(e as ChannelException ?? new ChannelException(ChannelFault.ConnectionLost, rule: null, e));
                lock (_gate) _writing = false;
                return;
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }

    private Span<byte> Reserve(int size)
    {
        if (_pending is null || _pending.Length - _length < size)
        {
            var grown = ArrayPool<byte>.Shared.Rent(Math.Max(SmallestBuffer, Math.Max(_length + size, _length * 2)));
            if (_pending is not null)
            {
                Buffer.BlockCopy(_pending, 0, grown, 0, _length);
                ArrayPool<byte>.Shared.Return(_pending);
            }
            _pending = grown;
        }
        var span = _pending.AsSpan(_length, size);
        _length += size;
        return span;
    }
}
