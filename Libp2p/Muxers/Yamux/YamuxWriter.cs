using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace IppanFleet.Libp2p.Muxers.Yamux;

/// <summary>Gathers the frames of all streams and writes them out in few writes. Whoever finds nobody writing writes for all; the others add to what is pending,
/// and wait in the order of their coming once that is too much.</summary>
internal sealed class YamuxWriter
{
    private readonly Lock _gate = new();
    private readonly ByteChannel _channel;
    private readonly ISealingChannel? _sealer;
    private readonly YamuxOptions _options;
    private readonly Action<ChannelException> _failed;
    private readonly YamuxBatch _pending;
    private readonly Queue<RoomWaiter> _waiting = new(0);
    private readonly Action _resume;
    private ValueTaskAwaiter _sending;
    private byte[]? _sendingBuffer;
    private int _control, _granted;
    private bool _writing;
    private TaskCompletionSource? _drained;
    private ChannelException? _end;

    internal YamuxWriter(ByteChannel channel, YamuxOptions options, Action<ChannelException> failed)
    {
        (_channel, _options, _failed) = (channel, options, failed);
        _sealer = channel as ISealingChannel;
        _pending = new YamuxBatch(_sealer);
        _resume = Resume;
    }

    /// <summary>Queues a frame without body, never waiting; false when the remote has let too many pile up.</summary>
    internal bool TryWrite(in YamuxHeader header)
    {
        lock (_gate)
        {
            if (_end is not null) return true;
            if (_control >= _options.MaxPendingControlFrames) return false;
            try
            {
                _pending.Append(header, [], room: 0);
            }
            catch (ChannelException)
            {
                // The channel is ending, and its end reaches the connection by another way.
                return true;
            }
            _control++;
            if (!StartWriting()) return true;
        }
        WritePending();
        return true;
    }

    /// <summary>Queues a frame with a body, waiting while too much is pending; false, and nothing is queued, when <paramref name="stream"/> was reset meanwhile:
    /// behind a reset it would open the stream anew at the remote. The body may be reused once this returns.</summary>
    internal ValueTask<bool> WriteAsync(in YamuxHeader header, ReadOnlyMemory<byte> body, YamuxStreamState stream, ref RoomWaiter? waiter, CancellationToken cancellationToken)
    {
        ValueTask room;
        lock (_gate)
        {
            if (_waiting.Count == 0 && Fits(body.Length))
            {
                if (!Append(header, body.Span, stream)) return ValueTask.FromResult(false);
                if (!StartWriting()) return ValueTask.FromResult(true);
                room = default;
            }
            else
            {
                waiter ??= new RoomWaiter(_gate);
                room = waiter.Signal.WaitAsync(cancellationToken);
                waiter.Size = YamuxBatch.SizeOf(body.Length);
                if (!waiter.Queued) _waiting.Enqueue(waiter);
                waiter.Queued = true;
            }
        }
        if (room != default) return WriteLaterAsync(room, waiter!, header, body, stream);
        WritePending();
        return ValueTask.FromResult(true);
    }

    /// <summary>Ends when nothing is pending.</summary>
    internal async ValueTask DrainAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task drained;
            lock (_gate)
            {
                if (!_writing || _end is not null) return;
                drained = (_drained ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            }
            await drained.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Refuses everything from now on and wakes who waits.</summary>
    internal void End(ChannelException end)
    {
        TaskCompletionSource? drained;
        lock (_gate)
        {
            _end ??= end;
            (drained, _drained) = (_drained, null);
            _pending.Clear();
            _control = 0;
            GrantRoom();
        }
        drained?.TrySetResult();
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> WriteLaterAsync(ValueTask room, RoomWaiter waiter, YamuxHeader header, ReadOnlyMemory<byte> body, YamuxStreamState stream)
    {
        await room.ConfigureAwait(false);
        lock (_gate)
        {
            _granted -= waiter.Size;
            if (!Append(header, body.Span, stream))
            {
                GrantRoom();
                return false;
            }
            if (!StartWriting()) return true;
        }
        WritePending();
        return true;
    }

    private bool Append(in YamuxHeader header, ReadOnlySpan<byte> body, YamuxStreamState stream)
    {
        if (_end is { } end) throw new ChannelException(end.Fault, end.Rule, end);
        if (stream.Reset) return false;
        // While a write is under way more is going to gather.
        _pending.Append(header, body, _writing && body.Length >= YamuxConnection.MaxBody / 2 ? _options.MaxPendingBytes : 0);
        return true;
    }

    private bool Fits(int body) => _end is not null || _pending.Length + _granted == 0 || _pending.Length + _granted + YamuxBatch.SizeOf(body) <= _options.MaxPendingBytes;

    /// <summary>Lets those in that have waited longest, as many as there is room for.</summary>
    private void GrantRoom()
    {
        while (_waiting.TryPeek(out var next) && Fits(next.Size - YamuxHeader.Size))
        {
            _waiting.Dequeue().Queued = false;
            // Who was cancelled meanwhile takes no room.
            if (!next.Signal.IsWaiting) continue;
            _granted += next.Size;
            next.Signal.Set();
        }
    }

    private bool StartWriting()
    {
        if (_writing) return false;
        return _writing = true;
    }

    /// <summary>Writes until nothing is pending. It never throws: a failure goes to the connection, which ends.</summary>
    private void WritePending()
    {
        try
        {
            while (TakePending() is { Count: > 0 } batch)
            {
                _sendingBuffer = batch.Array;
                _sending = (_sealer is null ? _channel.WriteAsync(batch) : _sealer.WriteSealedAsync(batch)).GetAwaiter();
                if (!_sending.IsCompleted)
                {
                    _sending.UnsafeOnCompleted(_resume);
                    return;
                }
                FinishSending();
            }
        }
        catch (Exception e)
        {
            Fail(e);
        }
    }

    private void Resume()
    {
        try
        {
            FinishSending();
        }
        catch (Exception e)
        {
            Fail(e);
            return;
        }
        WritePending();
    }

    private ArraySegment<byte> TakePending()
    {
        TaskCompletionSource? drained;
        ArraySegment<byte> batch = default;
        lock (_gate)
        {
            var (buffer, length) = _pending.Take();
            if (buffer is null) _writing = false;
            else batch = new ArraySegment<byte>(buffer, 0, length);
            _control = 0;
            GrantRoom();
            (drained, _drained) = (_drained, null);
        }
        drained?.TrySetResult();
        return batch;
    }

    [SuppressMessage("Usage", "VSTHRD002:Avoid problematic synchronous waits", Justification = "The awaiter has completed: nothing waits.")]
    private void FinishSending()
    {
        try
        {
            _sending.GetResult();
        }
        finally
        {
            _sending = default;
            ArrayPool<byte>.Shared.Return(_sendingBuffer!);
            _sendingBuffer = null;
        }
    }

    private void Fail(Exception e)
    {
        _failed(e as ChannelException ?? new ChannelException(ChannelFault.ConnectionLost, rule: null, e));
        lock (_gate) _writing = false;
    }

    /// <summary>A stream whose writer waits for room.</summary>
    internal sealed class RoomWaiter(Lock gate)
    {
        internal AsyncSignal Signal { get; } = new(gate);

        internal int Size { get; set; }

        /// <summary>Whether it stands in the queue, be it from a wait that was cancelled.</summary>
        internal bool Queued { get; set; }
    }
}
