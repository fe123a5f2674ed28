using System.Threading.Tasks.Sources;

namespace IppanFleet.Libp2p.Muxers;

/// <summary>What has come for one stream and its one reader. A reader that waits is given its bytes straight into its buffer; else they are queued. Nothing is allocated for a read.</summary>
/// <remarks>Thread-safe; <see cref="Deliver"/>, <see cref="Claim"/>, <see cref="Commit"/> and <see cref="Flush"/> are the read loop's and answer how many bytes the reader was given by them.</remarks>
internal sealed class StreamInbox : IValueTaskSource<int>
{
    private readonly Lock _gate = new();
    private readonly ByteQueue _queue = new();
    private ManualResetValueTaskSourceCore<int> _core = new() { RunContinuationsAsynchronously = true };
    private CancellationTokenRegistration _registration;
    private CancellationToken _token;
    private Memory<byte> _target;
    private int _filled, _owed;
    private bool _waiting, _claimed, _reserved, _ended, _lost, _discarding, _cancelled;
    private ChannelException? _end;

    /// <summary>Why the stream has ended, once it has.</summary>
    internal ChannelException? End => Volatile.Read(ref _end);

    /// <summary>Whether nobody will read any more.</summary>
    internal bool IsDiscarding => Volatile.Read(ref _discarding);

    /// <summary>Bytes of memory held for the reader.</summary>
    internal int Held
    {
        get
        {
            lock (_gate) return _queue.Held;
        }
    }

    /// <summary>Takes what is there, or waits for it; 0 is the end, or, for an empty <paramref name="target"/>, that there is something. What is had without waiting is in <paramref name="taken"/> too.</summary>
    internal ValueTask<int> ReadAsync(Memory<byte> target, out int taken, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            taken = 0;
            if (_lost) return ValueTask.FromException<int>(new ChannelException(_end!.Fault, _end.Rule, _end));
            if (_waiting) return ValueTask.FromException<int>(new InvalidOperationException("Only one read may wait on a channel at a time."));
            if (_queue.Length > 0)
            {
                taken = _queue.Take(target.Span);
                return ValueTask.FromResult(taken);
            }
            if (_ended) return ValueTask.FromResult(0);
            if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled<int>(cancellationToken);
            _core.Reset();
            (_waiting, _target, _filled, _cancelled, _token) = (true, target, 0, false, cancellationToken);
            var version = _core.Version;
            if (cancellationToken.CanBeCanceled) _registration = cancellationToken.UnsafeRegister(static (state, token) => ((StreamInbox)state!).Cancel(token), this);
            return new ValueTask<int>(this, version);
        }
    }

    internal int Deliver(ReadOnlySpan<byte> data)
    {
        lock (_gate)
        {
            if (_discarding || _end is not null) return 0;
            if (TakesDirectly)
            {
                var size = Math.Min(data.Length, _target.Length - _filled);
                data[..size].CopyTo(_target.Span[_filled..]);
                _filled += size;
                data = data[size..];
            }
            _queue.Append(data);
            return Settle(flush: false);
        }
    }

    /// <summary>Memory for up to <paramref name="wanted"/> bytes, to be written without a lock; empty when nobody will read them. <see cref="Commit"/> must follow.</summary>
    internal Memory<byte> Claim(int wanted)
    {
        lock (_gate)
        {
            if (_discarding || _end is not null) return default;
            if (TakesDirectly)
            {
                _claimed = true;
                return _target.Slice(_filled, Math.Min(wanted, _target.Length - _filled));
            }
            _reserved = true;
            return _queue.Reserve(wanted);
        }
    }

    internal int Commit(int size)
    {
        lock (_gate)
        {
            if (_claimed) _filled += size;
            if (_reserved) _queue.Commit(size);
            _claimed = _reserved = false;
            return Settle(flush: false);
        }
    }

    /// <summary>Gives the reader what was written to its buffer, full or not.</summary>
    internal int Flush()
    {
        lock (_gate)
        {
            var given = Settle(flush: true) + _owed;
            _owed = 0;
            return given;
        }
    }

    /// <summary>The remote closed its direction; what was received stays readable.</summary>
    internal void EndOfInput()
    {
        lock (_gate)
        {
            _ended = true;
            Settle(flush: true);
        }
    }

    /// <summary>Both directions are gone; what a remote sent before it closed its direction outlives the connection.</summary>
    internal void Fail(ChannelException end)
    {
        lock (_gate)
        {
            _end ??= end;
            if (!_ended || end.Fault != ChannelFault.ConnectionLost)
            {
                _lost = true;
                _queue.Clear();
            }
            Settle(flush: true);
        }
    }

    /// <summary>Throws away what is there and what still comes; answers how much was there.</summary>
    internal int Discard()
    {
        lock (_gate)
        {
            _discarding = true;
            var unread = _queue.Length;
            _queue.Clear();
            return unread;
        }
    }

    int IValueTaskSource<int>.GetResult(short token)
    {
        _registration.Unregister();
        return _core.GetResult(token);
    }

    ValueTaskSourceStatus IValueTaskSource<int>.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource<int>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) => _core.OnCompleted(continuation, state, token, flags);

    private bool TakesDirectly => _waiting && _queue.Length == 0 && !_lost && _filled < _target.Length;

    /// <summary>Ends the wait if there is a reason to: bytes (all that fit, or any when <paramref name="flush"/>), the end, a cancellation. Not while the loop writes into the buffer.</summary>
    private int Settle(bool flush)
    {
        if (!_waiting || _claimed) return 0;
        if (_lost)
        {
            _waiting = false;
            _core.SetException(new ChannelException(_end!.Fault, _end.Rule, _end));
            return 0;
        }
        var ready = _queue.Length > 0 || _ended || (_filled > 0 && (flush || _filled == _target.Length));
        if (!ready && !_cancelled) return 0;
        var given = _filled;
        if (_queue.Length > 0 && given < _target.Length) given += _queue.Take(_target.Span[given..]);
        _waiting = false;
        _target = default;
        if (given == 0 && !ready) _core.SetException(new OperationCanceledException(_token));
        else _core.SetResult(given);
        return given;
    }

    private void Cancel(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            // A late callback of an earlier wait must not cancel this one.
            if (!_waiting || cancellationToken != _token) return;
            _cancelled = true;
            // The loop, which is in the middle of a body, accounts for it.
            _owed += Settle(flush: true);
        }
    }
}
