using Microsoft.Extensions.DependencyInjection;
using Orleans.Core;
using Orleans.Storage;
using Orleans.Streams;

namespace Orleans.Runtime;

/// <summary>
/// One life of a grain in a silo: its queue of calls, which of them may run beside each other, its beginning and its end.
/// Also what an observer of a client is to the cluster: then it has an object from the start, or none at all.
/// </summary>
internal sealed class Activation : IGrainContext
{
    private readonly Lock _gate = new();
    private readonly TurnScheduler _scheduler;
    private readonly LinkedList<Call> _waiting = new();
    private readonly List<Call> _running = [];
    private readonly HashSet<GrainTimer> _timers = [];
    private readonly TaskCompletionSource _deactivated = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private AsyncServiceScope? _scope;
    private Phase _phase;
    private DeactivationReason? _leaving;
    private long _lastUse;
    private long _keptUntil = long.MinValue;

    public Activation(Silo silo, GrainId id, GrainClass? grainClass, object? instance = null)
    {
        (Silo, GrainId, Class, GrainInstance) = (silo, id, grainClass, instance);
        _scheduler = new TurnScheduler(this);
        _lastUse = silo.Time.GetTimestamp();
        _phase = grainClass is null ? Phase.Valid : Phase.Created;
        Address = new GrainAddress { GrainId = id, ActivationId = ActivationId, SiloAddress = silo.Address };
        Streams = new StreamConsumer(this);
    }

    private enum Phase
    {
        Created,
        Activating,
        Valid,
        Deactivating,
        Gone,
    }

    public Silo Silo { get; }

    /// <summary>Null for what is no grain: a client's observer, or the client itself.</summary>
    public GrainClass? Class { get; }

    public GrainId GrainId { get; }

    public ActivationId ActivationId { get; } = ActivationId.NewId();

    public GrainAddress Address { get; }

    public object? GrainInstance { get; private set; }

    public IServiceProvider ActivationServices => _scope?.ServiceProvider ?? Silo.Services;

    public Task Deactivated => _deactivated.Task;

    public StreamConsumer Streams { get; }

    /// <summary>Storage to be read before the grain sees its first call.</summary>
    public List<IStorage> States { get; } = [];

    /// <summary>Roughly how much is to be done here; a stateless worker's pool asks.</summary>
    public int Load
    {
        get
        {
            lock (_gate) return _waiting.Count + _running.Count;
        }
    }

    /// <summary>False when the activation has ended: the call has to go elsewhere.</summary>
    public bool TryEnqueue(Call call)
    {
        lock (_gate)
        {
            if (_phase == Phase.Gone) return false;
            if (_phase == Phase.Valid && _leaving is null && MayRun(call))
            {
                Start(call);
                return true;
            }
            if (Silo.QueueLimit > 0 && _waiting.Count >= Silo.QueueLimit && !call.StaysHere)
            {
                call.Fail(new LimitExceededException($"{GrainId} has {_waiting.Count} calls waiting, which is its limit."));
                return true;
            }
            _waiting.AddLast(call);
            if (_phase == Phase.Created)
            {
                _phase = Phase.Activating;
                _scheduler.Run(ActivateAsync, context: null);
            }
            return true;
        }
    }

    public void Deactivate(DeactivationReason deactivationReason, CancellationToken cancellationToken = default)
    {
        lock (_gate)
        {
            if (_phase is Phase.Deactivating or Phase.Gone) return;
            _leaving ??= deactivationReason;
            if (_phase != Phase.Created)
            {
                Pump();
                return;
            }
            _phase = Phase.Gone;
        }
        End();
    }

    public void DelayDeactivation(TimeSpan span)
    {
        var until = Silo.Time.GetTimestamp() + (long)(Math.Min(span.TotalSeconds, TimeSpan.FromDays(3650).TotalSeconds) * Silo.Time.TimestampFrequency);
        lock (_gate) _keptUntil = span < TimeSpan.Zero ? long.MinValue : until;
    }

    /// <summary>Deactivates when nobody used it for longer than <paramref name="age"/>.</summary>
    public void CollectIfIdle(TimeSpan age)
    {
        lock (_gate)
        {
            if (_phase != Phase.Valid || Class is not { KeepAlive: false } || _running.Count + _waiting.Count > 0) return;
            if (Silo.Time.GetTimestamp() < _keptUntil || Silo.Time.GetElapsedTime(_lastUse) < age) return;
        }
        Deactivate(new DeactivationReason(DeactivationReasonCode.ActivationIdle, $"Not called for {age}."));
    }

    /// <summary>Ends it at once: no further line of the grain runs, and callers hear that the silo is gone.</summary>
    public void Kill()
    {
        _scheduler.Abandon();
        List<Call> lost;
        lock (_gate)
        {
            lost = [.. _running, .. _waiting];
            _phase = Phase.Gone;
            _waiting.Clear();
            _running.Clear();
        }
        StopTimers();
        foreach (var call in lost) call.Fail(new SiloUnavailableException($"Silo {Silo.Address} died with {GrainId} while {call.Name} was not yet answered."));
        _deactivated.TrySetResult();
    }

    public void Add(GrainTimer timer)
    {
        lock (_gate) _timers.Add(timer);
    }

    public void Remove(GrainTimer timer)
    {
        lock (_gate) _timers.Remove(timer);
    }

    private bool MayRun(Call call) =>
        _running.Count == 0 || call.AlwaysInterleaves || Class is not { IsReentrant: false } || (call.IsReadOnly && _running.TrueForAll(other => other.IsReadOnly));

    private void Start(Call call)
    {
        _running.Add(call);
        if (call.KeepsAlive) _lastUse = Silo.Time.GetTimestamp();
        _scheduler.Run(() => RunAsync(call), call.Context);
    }

    private async Task RunAsync(Call call)
    {
        try
        {
            call.Complete(await call.InvokeAsync(this).ConfigureAwait(true));
        }
        catch (Exception e)
        {
            call.Fail(e);
            if (call.IsOneWay) Silo.Log.OneWayFailed(e, call.Name, GrainId);
            if (e is InconsistentStateException { IsSourceActivation: true } conflict)
            {
                // Somebody else wrote: what this activation remembers is stale. Only the one that wrote ends, not its callers.
                conflict.IsSourceActivation = false;
                Deactivate(new DeactivationReason(DeactivationReasonCode.ApplicationError, e, "Its state was changed by another."));
            }
        }
        finally
        {
            lock (_gate)
            {
                _running.Remove(call);
                if (call.KeepsAlive) _lastUse = Silo.Time.GetTimestamp();
                Pump();
            }
        }
    }

    private void Pump()
    {
        if (_phase != Phase.Valid) return;
        if (_leaving is { } reason)
        {
            if (_running.Count > 0) return;
            _phase = Phase.Deactivating;
            _scheduler.Run(() => LeaveAsync(reason), context: null);
            return;
        }
        for (var node = _waiting.First; node is not null;)
        {
            var (call, next) = (node.Value, node.Next);
            if (call.IsAbandoned || MayRun(call))
            {
                _waiting.Remove(node);
                if (!call.IsAbandoned) Start(call);
            }
            else if (!_running.TrueForAll(other => other.IsReadOnly))
            {
                return;
            }
            node = next;
        }
    }

    private async Task ActivateAsync()
    {
        try
        {
            using var deadline = new CancellationTokenSource(Silo.Collection.ActivationTimeout, Silo.Time);
            _scope = Silo.Services.CreateAsyncScope();
            GrainInstance = Class!.Create(this);
            foreach (var state in States) await state.ReadStateAsync().ConfigureAwait(true);
            if (GrainInstance is IGrainBase grain) await grain.OnActivateAsync(deadline.Token).ConfigureAwait(true);
            Silo.Metrics.ActivationCreated();
            lock (_gate)
            {
                if (_phase == Phase.Gone) return;
                _phase = Phase.Valid;
                _lastUse = Silo.Time.GetTimestamp();
                Pump();
            }
        }
        catch (Exception e)
        {
            Silo.Log.ActivationFailed(e, GrainId);
            var refused = EndAndTakeWaiting();
            await DisposeAsync().ConfigureAwait(true);
            foreach (var call in refused) call.Fail(e);
            _deactivated.TrySetResult();
        }
    }

    private async Task LeaveAsync(DeactivationReason reason)
    {
        StopTimers();
        try
        {
            using var deadline = new CancellationTokenSource(Silo.Collection.DeactivationTimeout, Silo.Time);
            if (Class is not null && GrainInstance is IGrainBase grain)
                await grain.OnDeactivateAsync(reason, deadline.Token).WaitAsync(Silo.Collection.DeactivationTimeout, Silo.Time).ConfigureAwait(true);
        }
        catch (Exception e)
        {
            Silo.Log.DeactivationFailed(e, GrainId);
        }
        await DisposeAsync().ConfigureAwait(true);
        if (Class is not null) Silo.Metrics.ActivationDestroyed();
        End();
    }

    private void End()
    {
        var waiting = EndAndTakeWaiting();
        foreach (var call in waiting)
        {
            if (!call.IsAbandoned && !call.StaysHere) Silo.Cluster.Dispatch(call);
        }
        _deactivated.TrySetResult();
    }

    private List<Call> EndAndTakeWaiting()
    {
        List<Call> waiting;
        lock (_gate)
        {
            _phase = Phase.Gone;
            waiting = [.. _waiting];
            _waiting.Clear();
        }
        Silo.Remove(this);
        StopTimers();
        return waiting;
    }

    private void StopTimers()
    {
        List<GrainTimer> timers;
        lock (_gate) timers = [.. _timers];
        foreach (var timer in timers) timer.Dispose();
    }

    private async Task DisposeAsync()
    {
        try
        {
            if (Class is not null && GrainInstance is IAsyncDisposable asyncDisposable) await asyncDisposable.DisposeAsync().ConfigureAwait(true);
            else if (Class is not null && GrainInstance is IDisposable disposable) disposable.Dispose();
            if (_scope is { } scope) await scope.DisposeAsync().ConfigureAwait(true);
        }
        catch (Exception e)
        {
            Silo.Log.DeactivationFailed(e, GrainId);
        }
    }
}
