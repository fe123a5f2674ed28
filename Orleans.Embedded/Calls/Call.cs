namespace Orleans.Runtime;

/// <summary>Something that an activation shall do in a turn of its own, and somebody who may wait for it.</summary>
internal abstract class Call(GrainId target, GrainRuntime runtime)
{
    private readonly TaskCompletionSource<object?> _response = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public GrainId Target { get; } = target;

    /// <summary>Where the call comes from: it decides about time-outs, and about placement when that prefers the caller's silo.</summary>
    public GrainRuntime Runtime { get; } = runtime;

    /// <summary>What flows from the caller: its activity, its async locals.</summary>
    public ExecutionContext? Context { get; } = ExecutionContext.Capture();

    public Task<object?> Response => _response.Task;

    public virtual bool IsReadOnly => false;

    public virtual bool AlwaysInterleaves => false;

    public virtual bool IsOneWay => false;

    /// <summary>Whether being called keeps an idle activation from being collected.</summary>
    public virtual bool KeepsAlive => true;

    /// <summary>Whether it is for this activation only, and not for the grain's next one.</summary>
    public virtual bool StaysHere => false;

    /// <summary>Whether nobody waits for it any longer, so that it need not begin.</summary>
    public bool IsAbandoned { get; set; }

    public abstract string Name { get; }

    public abstract ValueTask<object?> InvokeAsync(Activation activation);

    public void Complete(object? result) => _response.TrySetResult(result);

    public void Fail(Exception error)
    {
        _response.TrySetException(error);
        // A caller that timed out or never waited does not look at the response: that is no unobserved fault.
        _ = _response.Task.Exception;
    }
}

/// <summary>A call of a method of a grain interface.</summary>
internal sealed class MethodCall(GrainMethod method, GrainId target, GrainRuntime runtime, object?[] arguments)
    : Call(target, runtime)
{
    public GrainMethod Method { get; } = method;

    public override bool IsReadOnly => Method.IsReadOnly;

    public override bool AlwaysInterleaves => Method.AlwaysInterleaves;

    public override bool IsOneWay => Method.IsOneWay;

    public override string Name => $"{Method.Method.DeclaringType!.Name}.{Method.Method.Name}";

    public override async ValueTask<object?> InvokeAsync(Activation activation)
    {
        var filters = activation.Silo.CallFilters;
        var result = filters.Length == 0 && activation.GrainInstance is not IIncomingGrainCallFilter
            ? await Method.InvokeAsync(activation.GrainInstance!, arguments).ConfigureAwait(true)
            : await new IncomingCallContext(activation, this, filters).RunAsync().ConfigureAwait(true);
        // Copied within the turn: the grain may change its object in the next one.
        return Method.CopiesResult ? Copier.Copy(result, new CopyContext()) : result;
    }

    public ValueTask<object?> InvokeMethodAsync(object grain) => Method.InvokeAsync(grain, arguments);
}

/// <summary>Work of the engine itself within an activation: timers, deliveries of streams.</summary>
internal sealed class WorkCall(
    string name, GrainId target, GrainRuntime runtime, Func<Activation, ValueTask<object?>> work, GrainTimerCreationOptions? timer = null)
    : Call(target, runtime)
{
    public override bool AlwaysInterleaves => timer is { Interleave: true };

    public override bool KeepsAlive => timer is null or { KeepAlive: true };

    public override bool StaysHere => timer is not null;

    public override string Name => name;

    public override ValueTask<object?> InvokeAsync(Activation activation) => work(activation);
}
