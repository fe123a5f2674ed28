using IppanFleet.Libp2p;

namespace IppanFleet.Testing;

/// <content>What is on its way.</content>
internal sealed partial class FaultyChannel
{
    /// <summary>Bytes that may be on their way before writers wait.</summary>
    internal const int MaxInFlight = 256 * 1024;

    private const int MaxChunk = 16 * 1024;

    private readonly Queue<(byte[] Data, TimeSpan? Due)> _waiting = new();
    private readonly CancellationTokenSource _gone = new();
    private LinkSchedule? _schedule;
    private TaskCompletionSource? _room;
    private int _inFlight;

    /// <summary>Takes over what there is room for; the task ends when there is room again. Called under the lock.</summary>
    private Task Enqueue(ref ReadOnlyMemory<byte> data)
    {
        _schedule ??= _conditions.NextSchedule(_node, _remote ??= _findRemote());
        while (!data.IsEmpty && _inFlight < MaxInFlight)
        {
            var chunk = data[..Math.Min(data.Length, MaxChunk)];
            // A chunk that never arrives ends the connection where it stood in line.
            _waiting.Enqueue((chunk.ToArray(), _schedule.Arrival(_conditions.Now, _conditions.Quality)));
            _inFlight += chunk.Length;
            data = data[chunk.Length..];
        }

        StartPump();
        if (data.IsEmpty) return Task.CompletedTask;
        return (_room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
    }

    /// <summary>Called under the lock. The pump looks after its own faults, and ends with what there is to send.</summary>
    private void StartPump()
    {
        if (_isPumping || _hasFinished) return;
        _isPumping = true;
        _ = PumpAsync();
    }

    private async Task PumpAsync()
    {
        // Whoever starts it holds the lock.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            while (!_hasFinished)
            {
                var changed = _conditions.Changed;
                if (Separation is not null) await UntilAsync(changed).ConfigureAwait(false);
                else if (FindNext() is not { } next) await ConcludeAsync().ConfigureAwait(false);
                else if (next.Due is not { } due) throw new ChannelException(ChannelFault.Reset, "the network reset the connection");
                else if (due - _conditions.Now is var wait && wait > TimeSpan.Zero) await DelayAsync(wait).ConfigureAwait(false);
                else await SendAsync(next.Data).ConfigureAwait(false);
                if (!_isPumping) return;
            }
        }
        catch (Exception e)
        {
            var end = e as ChannelException ?? new ChannelException(ChannelFault.ConnectionLost, e.GetType().Name, e);
            lock (_gate)
            {
                _end ??= end;
                Drop();
                GiveRoom();
            }

            Finish(end.Fault, end.Rule);
            await _ended.CancelAsync().ConfigureAwait(false);
        }
    }

    private (byte[] Data, TimeSpan? Due)? FindNext()
    {
        lock (_gate) return _waiting.TryPeek(out var next) ? next : null;
    }

    private async Task SendAsync(byte[] data)
    {
        await _inner.WriteAsync(data).ConfigureAwait(false);
        lock (_gate)
        {
            if (_waiting.TryDequeue(out _)) _inFlight -= data.Length;
            GiveRoom();
        }
    }

    /// <summary>Nothing waits: the pump ends, and what this end has closed meanwhile is closed.</summary>
    private async Task ConcludeAsync()
    {
        lock (_gate)
        {
            if (_waiting.Count > 0) return;
            _isPumping = _end is not null || _isWriteClosed;
            if (!_isPumping) return;
        }

        if (_end is null) await _inner.CloseWriteAsync().ConfigureAwait(false);
        lock (_gate)
        {
            if (_end is null)
            {
                _isPumping = false;
                return;
            }
        }

        Finish(_end.Fault, _end.Rule);
    }

    /// <summary>Waits, but not beyond the end of the channel.</summary>
    private async Task UntilAsync(Task task) => await task.WaitAsync(_gone.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    /// <summary>Timers count whole milliseconds; rounded down, the pump would spin for the rest.</summary>
    private Task DelayAsync(TimeSpan wait) => UntilAsync(Task.Delay(TimeSpan.FromMilliseconds(Math.Ceiling(wait.TotalMilliseconds)), _conditions.Time, _gone.Token));

    private void Drop()
    {
        _waiting.Clear();
        _inFlight = 0;
    }

    private void GiveRoom()
    {
        _room?.TrySetResult();
        _room = null;
    }
}
