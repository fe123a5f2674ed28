using System.Threading.Tasks.Sources;

namespace IppanFleet.Libp2p.Muxers;

/// <summary>Lets one caller at a time wait for something to change, without allocating. All members but the wait itself are called under the owner's lock.</summary>
internal sealed class AsyncSignal(Lock gate) : IValueTaskSource
{
    private ManualResetValueTaskSourceCore<bool> _core = new() { RunContinuationsAsynchronously = true };
    private CancellationTokenRegistration _registration;
    private CancellationToken _token;
    private bool _waiting;

    internal bool IsWaiting => _waiting;

    /// <summary>A task that ends at the next <see cref="Set"/>, or is cancelled.</summary>
    /// <exception cref="InvalidOperationException">Somebody waits already.</exception>
    internal ValueTask WaitAsync(CancellationToken cancellationToken)
    {
        if (_waiting) throw new InvalidOperationException("Only one read and one write may wait on a channel at a time.");
        cancellationToken.ThrowIfCancellationRequested();
        _core.Reset();
        _waiting = true;
        _token = cancellationToken;
        var version = _core.Version;
        if (cancellationToken.CanBeCanceled) _registration = cancellationToken.UnsafeRegister(static (state, token) => ((AsyncSignal)state!).Cancel(token), this);
        return new ValueTask(this, version);
    }

    internal void Set()
    {
        if (!_waiting) return;
        _waiting = false;
        _core.SetResult(true);
    }

    void IValueTaskSource.GetResult(short token)
    {
        _registration.Unregister();
        _core.GetResult(token);
    }

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) => _core.OnCompleted(continuation, state, token, flags);

    private void Cancel(CancellationToken cancellationToken)
    {
        lock (gate)
        {
            // A late callback of an earlier wait must not cancel this one.
            if (!_waiting || cancellationToken != _token) return;
            _waiting = false;
            _core.SetException(new OperationCanceledException(cancellationToken));
        }
    }
}
