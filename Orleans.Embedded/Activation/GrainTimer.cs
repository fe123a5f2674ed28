using System.Diagnostics.CodeAnalysis;

namespace Orleans.Runtime;

/// <summary>A timer of a grain.</summary>
public interface IGrainTimer : IDisposable
{
    /// <summary>Sets it anew.</summary>
    void Change(TimeSpan dueTime, TimeSpan period);
}

/// <summary>When a grain's timer ticks, and beside what.</summary>
public struct GrainTimerCreationOptions
{
    /// <summary>First after <paramref name="dueTime"/>, then <paramref name="period"/> after each callback's end.</summary>
    [SetsRequiredMembers]
    public GrainTimerCreationOptions(TimeSpan dueTime, TimeSpan period) => (DueTime, Period) = (dueTime, period);

    /// <summary>The time to the first tick; infinite: not before <see cref="IGrainTimer.Change"/>.</summary>
    public required TimeSpan DueTime { get; set; }

    /// <summary>The time from the end of a callback to the next tick; infinite: no further tick.</summary>
    public required TimeSpan Period { get; set; }

    /// <summary>Whether callbacks may run beside calls. By default they wait for their turn.</summary>
    public bool Interleave { get; set; }

    /// <summary>Whether ticks keep the activation from being collected. By default they do not.</summary>
    public bool KeepAlive { get; set; }
}

internal sealed class GrainTimer : IGrainTimer
{
    private readonly Activation _activation;
    private readonly Func<CancellationToken, Task> _callback;
    private readonly GrainTimerCreationOptions _options;
    private readonly CancellationTokenSource _stopped = new();
    private ITimer _timer = null!;
    private readonly Lock _gate = new();
    private TimeSpan _period;
    private bool _isTicking;
    private bool _wasChanged;
    private bool _isDueAgain;
    private bool _isDisposed;

    private GrainTimer(Activation activation, Func<CancellationToken, Task> callback, GrainTimerCreationOptions options)
    {
        (_activation, _callback, _options, _period) = (activation, callback, options, options.Period);
        TurnScheduler.WithoutFlow(() => _timer = activation.Silo.Time.CreateTimer(
            static timer => ((GrainTimer)timer!).Tick(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan));
    }

    public static GrainTimer Start(IGrainContext context, Func<CancellationToken, Task> callback, GrainTimerCreationOptions options)
    {
        var activation = (Activation)context;
        var timer = new GrainTimer(activation, callback, options);
        activation.Add(timer);
        timer.Arm(options.DueTime);
        return timer;
    }

    public void Change(TimeSpan dueTime, TimeSpan period)
    {
        lock (_gate)
        {
            (_period, _wasChanged) = (period, true);
            Arm(dueTime);
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            if (_isDisposed) return;
            _isDisposed = true;
            _timer.Dispose();
        }
        _activation.Remove(this);
        _stopped.Cancel();
    }

    private void Tick()
    {
        lock (_gate)
        {
            if (_isDisposed) return;
            if (_isTicking)
            {
                _isDueAgain = true;
                return;
            }
            (_isTicking, _wasChanged, _isDueAgain) = (true, false, false);
        }
        var call = new WorkCall("timer", _activation.GrainId, _activation.Silo.Runtime, RunAsync, _options);
        // When the activation is gone, so is the tick.
        _activation.TryEnqueue(call);
    }

    private async ValueTask<object?> RunAsync(Activation activation)
    {
        try
        {
            if (!_isDisposed) await _callback(_stopped.Token).ConfigureAwait(true);
        }
        catch (Exception e) when (!_isDisposed)
        {
            activation.Silo.Log.TimerFailed(e, activation.GrainId);
        }
        finally
        {
            lock (_gate)
            {
                _isTicking = false;
                if (_isDueAgain) Arm(TimeSpan.Zero);
                else if (!_wasChanged) Arm(_period);
            }
        }
        return null;
    }

    private void Arm(TimeSpan dueTime)
    {
        lock (_gate)
        {
            if (!_isDisposed) _timer.Change(dueTime, Timeout.InfiniteTimeSpan);
        }
    }
}
