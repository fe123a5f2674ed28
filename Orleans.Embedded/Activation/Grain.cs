using Orleans.Runtime;

namespace Orleans;

/// <summary>What the engine asks of a grain class.</summary>
public interface IGrainBase
{
    /// <summary>The activation.</summary>
    IGrainContext GrainContext { get; }

    /// <summary>Runs before the first call; a fault is told to the callers and ends the activation.</summary>
    Task OnActivateAsync(CancellationToken token) => Task.CompletedTask;

    /// <summary>Runs after the last call, unless the silo was killed.</summary>
    Task OnDeactivateAsync(DeactivationReason reason, CancellationToken token) => Task.CompletedTask;
}

/// <summary>The base class of grains.</summary>
public abstract class Grain : IGrainBase, IAddressable
{
    private readonly Activation? _activation;

    /// <summary>Is called by the engine, in the first turn of the activation.</summary>
    protected Grain() => _activation = TurnScheduler.CurrentActivation;

    /// <summary>The activation.</summary>
    public IGrainContext GrainContext => Own;

    /// <summary>Makes references to other grains.</summary>
    protected IGrainFactory GrainFactory => Own.Silo.Runtime;

    private Activation Own => _activation ?? throw new InvalidOperationException($"{GetType()} was not made by a silo: it has no activation.");

    /// <summary>Runs before the first call; a fault is told to the callers and ends the activation.</summary>
    public virtual Task OnActivateAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Runs after the last call, unless the silo was killed.</summary>
    public virtual Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Ends this activation once it runs no call; later calls make a new one.</summary>
    protected void DeactivateOnIdle() => ((IGrainBase)this).DeactivateOnIdle();

    /// <summary>Keeps the activation from being collected for being idle, for that long; a negative span takes it back.</summary>
    protected void DelayDeactivation(TimeSpan timeSpan) => Own.DelayDeactivation(timeSpan);
}

/// <summary>Why an activation ends.</summary>
public readonly struct DeactivationReason
{
    /// <summary>Makes a reason.</summary>
    public DeactivationReason(DeactivationReasonCode code, string text) => (ReasonCode, Description) = (code, text);

    /// <summary>Makes a reason with the fault behind it.</summary>
    public DeactivationReason(DeactivationReasonCode code, Exception? exception, string text) => (ReasonCode, Exception, Description) = (code, exception, text);

    /// <summary>The kind of reason.</summary>
    public DeactivationReasonCode ReasonCode { get; }

    /// <summary>The reason in words.</summary>
    public string Description { get; }

    /// <summary>The fault behind it, if there is one.</summary>
    public Exception? Exception { get; }

    /// <inheritdoc/>
    public override string ToString() => $"{ReasonCode}: {Description}{(Exception is null ? "" : $" {Exception.Message}")}";
}

/// <summary>The kinds of reasons for which an activation ends.</summary>
public enum DeactivationReasonCode : byte
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>The silo stops.</summary>
    ShuttingDown = 1,

    /// <summary>The activation could not be made.</summary>
    ActivationFailed = 2,

    /// <summary>Nobody called it for long.</summary>
    ActivationIdle = 4,

    /// <summary>A fault after which its state cannot be trusted.</summary>
    ApplicationError = 8,

    /// <summary>The grain asked for it.</summary>
    ApplicationRequested = 9,
}

/// <summary>What grains can do that need not derive from <see cref="Grain"/>.</summary>
public static class GrainBaseExtensions
{
    /// <summary>Ends the activation once it runs no call.</summary>
    public static void DeactivateOnIdle(this IGrainBase grain) =>
        grain.GrainContext.Deactivate(new DeactivationReason(DeactivationReasonCode.ApplicationRequested, "DeactivateOnIdle was called."));

    /// <summary>Calls <paramref name="callback"/> in turns of the grain; see <see cref="GrainTimerCreationOptions"/>.</summary>
    public static IGrainTimer RegisterGrainTimer(this IGrainBase grain, Func<CancellationToken, Task> callback, GrainTimerCreationOptions options) =>
        GrainTimer.Start(grain.GrainContext, callback, options);

    /// <summary>Calls <paramref name="callback"/> in turns of the grain, after <paramref name="dueTime"/> and then each <paramref name="period"/>.</summary>
    public static IGrainTimer RegisterGrainTimer(this IGrainBase grain, Func<CancellationToken, Task> callback, TimeSpan dueTime, TimeSpan period) =>
        GrainTimer.Start(grain.GrainContext, callback, new GrainTimerCreationOptions(dueTime, period));

    /// <summary>Calls <paramref name="callback"/> in turns of the grain; see <see cref="GrainTimerCreationOptions"/>.</summary>
    public static IGrainTimer RegisterGrainTimer(this IGrainBase grain, Func<Task> callback, GrainTimerCreationOptions options) =>
        GrainTimer.Start(grain.GrainContext, _ => callback(), options);

    /// <summary>Calls <paramref name="callback"/> in turns of the grain, after <paramref name="dueTime"/> and then each <paramref name="period"/>.</summary>
    public static IGrainTimer RegisterGrainTimer(this IGrainBase grain, Func<Task> callback, TimeSpan dueTime, TimeSpan period) =>
        GrainTimer.Start(grain.GrainContext, _ => callback(), new GrainTimerCreationOptions(dueTime, period));

    /// <summary>Calls <paramref name="callback"/> with <paramref name="state"/> in turns of the grain.</summary>
    public static IGrainTimer RegisterGrainTimer<TState>(
        this IGrainBase grain, Func<TState, CancellationToken, Task> callback, TState state, GrainTimerCreationOptions options) =>
        GrainTimer.Start(grain.GrainContext, token => callback(state, token), options);

    /// <summary>Calls <paramref name="callback"/> with <paramref name="state"/> in turns of the grain.</summary>
    public static IGrainTimer RegisterGrainTimer<TState>(
        this IGrainBase grain, Func<TState, CancellationToken, Task> callback, TState state, TimeSpan dueTime, TimeSpan period) =>
        GrainTimer.Start(grain.GrainContext, token => callback(state, token), new GrainTimerCreationOptions(dueTime, period));
}
