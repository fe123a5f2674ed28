using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;

namespace Orleans.Runtime;

/// <summary>
/// Runs the code of one activation, a task at a time, on the thread pool. Awaits in a grain come back here, which is what
/// makes a turn. Once abandoned it runs nothing more: that is how a killed silo's grains stop between two awaits.
/// </summary>
internal sealed class TurnScheduler(Activation activation) : TaskScheduler, IThreadPoolWorkItem
{
    private const int TasksPerSlice = 64;
    private static readonly TimeSpan LongTurn = TimeSpan.FromMilliseconds(200);

    [ThreadStatic]
    private static TurnScheduler? _running;

    private readonly Lock _gate = new();
    private readonly Queue<Task> _tasks = new();
    private bool _isScheduled;
    private volatile bool _isAbandoned;

    /// <summary>The activation in whose turn the calling code runs; null outside of grains.</summary>
    public static Activation? CurrentActivation => (Current as TurnScheduler)?.Activation;

    public override int MaximumConcurrencyLevel => 1;

    public Activation Activation { get; } = activation;

    /// <summary>Queues a turn, with what flows from its caller and not from whoever made room for it.</summary>
    public void Run(Func<Task> turn, ExecutionContext? context)
    {
        if (context is null) WithoutFlow(() => Queue(turn));
        else ExecutionContext.Run(context, _ => Queue(turn), state: null);
    }

    /// <summary>Does something that lasts longer than the caller, whose activity and async locals it shall not keep.</summary>
    public static void WithoutFlow(Action action)
    {
        if (ExecutionContext.IsFlowSuppressed())
        {
            action();
            return;
        }
        using (ExecutionContext.SuppressFlow()) action();
    }

    public void Abandon()
    {
        _isAbandoned = true;
        lock (_gate) _tasks.Clear();
    }

    void IThreadPoolWorkItem.Execute()
    {
        var (previous, slice) = (_running, 0);
        _running = this;
        try
        {
            while (TryTake(mayContinue: slice++ < TasksPerSlice, out var task))
            {
                var started = Stopwatch.GetTimestamp();
                TryExecuteTask(task);
                if (Stopwatch.GetElapsedTime(started) > LongTurn) Activation.Silo.Metrics.LongTurns.Add(1);
            }
        }
        finally
        {
            _running = previous;
        }
    }

    protected override void QueueTask(Task task)
    {
        lock (_gate)
        {
            if (_isAbandoned) return;
            _tasks.Enqueue(task);
            if (_isScheduled) return;
            _isScheduled = true;
        }
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) =>
        !taskWasPreviouslyQueued && !_isAbandoned && _running == this && TryExecuteTask(task);

    protected override IEnumerable<Task> GetScheduledTasks()
    {
        lock (_gate) return [.. _tasks];
    }

    private void Queue(Func<Task> turn) => _ = Task.Factory.StartNew(turn, CancellationToken.None, TaskCreationOptions.DenyChildAttach, this);

    private bool TryTake(bool mayContinue, [NotNullWhen(true)] out Task? task)
    {
        task = null;
        lock (_gate)
        {
            if (_isAbandoned || _tasks.Count == 0)
            {
                _isScheduled = false;
                return false;
            }
            if (mayContinue) return _tasks.TryDequeue(out task);
        }
        // Others wait for this thread: the rest runs when its turn comes round again.
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        return false;
    }
}
