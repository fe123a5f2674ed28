using System.Collections.Concurrent;
using System.Collections.Immutable;
using Orleans.Concurrency;
using Orleans.Placement;
using Orleans.Runtime;
using Orleans.Streams;
using Orleans.Streams.Core;

namespace Orleans.Tests;

[GenerateSerializer, Alias("tests.parcel")]
public sealed class Parcel
{
    [Id(0)]
    public List<string> Words { get; set; } = [];

    [Id(1)]
    public Dictionary<string, int[]> Numbers { get; set; } = [];

    [Id(2)]
    public Parcel? Inner { get; set; }

    /// <summary>Has no number, so it stays behind.</summary>
    public string Note { get; set; } = "";
}

[GenerateSerializer, Immutable, Alias("tests.event")]
public sealed record Event
{
    [Id(0)]
    public int Number { get; init; }
}

[GenerateSerializer, Alias("tests.ledger")]
public sealed class Ledger
{
    [Id(0)]
    public List<int> Entries { get; set; } = [];
}

public interface IEcho : IGrainWithStringKey
{
    Task<Parcel> Keep(Parcel parcel);

    Task<Parcel> Kept();

    Task<Parcel> Same([Immutable] Parcel parcel);

    Task<bool> IsSame([Immutable] Parcel parcel);

    ValueTask<ImmutableArray<int>> Numbers(ImmutableArray<int> numbers);

    ValueTask Nothing();

    Task<long> Hang(CancellationToken token);

    Task<IEcho> Other(string key);

    Task<string> Name();

    Task Notify(IListener listener, string text);

    Task<string> Scheduler();
}

public interface IListener : IGrainObserver
{
    Task Heard(string text);
}

[GrainType("tests-echo")]
internal sealed class EchoGrain : Grain, IEcho
{
    private Parcel _kept = new();

    public Task<Parcel> Keep(Parcel parcel) => Task.FromResult(_kept = parcel);

    public Task<Parcel> Kept() => Task.FromResult(_kept);

    public Task<Parcel> Same([Immutable] Parcel parcel) => Task.FromResult(_kept = parcel);

    public Task<bool> IsSame([Immutable] Parcel parcel) => Task.FromResult(ReferenceEquals(parcel, _kept));

    public ValueTask<ImmutableArray<int>> Numbers(ImmutableArray<int> numbers) => new(numbers);

    public ValueTask Nothing() => ValueTask.CompletedTask;

    public async Task<long> Hang(CancellationToken token)
    {
        await Task.Delay(Timeout.Infinite, token);
        return 0;
    }

    public Task<IEcho> Other(string key) => Task.FromResult(GrainFactory.GetGrain<IEcho>(key));

    public Task<string> Name() => Task.FromResult(this.GetPrimaryKeyString());

    public Task Notify(IListener listener, string text) => listener.Heard(text);

    public async Task<string> Scheduler()
    {
        var before = TaskScheduler.Current;
        await Task.Yield();
        await Task.Delay(1);
        return ReferenceEquals(before, TaskScheduler.Current) && before != TaskScheduler.Default ? "turn" : "lost";
    }
}

public interface ILedgerGrain : IGrainWithIntegerKey
{
    Task Append(int entry);

    Task<List<int>> Read();

    Task Forget();

    Task<string> Silo();
}

[GrainType("tests-ledger")]
internal sealed class LedgerGrain([PersistentState("ledger", "shared")] IPersistentState<Ledger> state) : Grain, ILedgerGrain
{
    public Task Append(int entry)
    {
        state.State.Entries.Add(entry);
        return state.WriteStateAsync();
    }

    public Task<List<int>> Read() => Task.FromResult(state.State.Entries);

    public Task Forget()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    public Task<string> Silo() => Task.FromResult(GrainContext.Address.SiloAddress!.ToString());
}

public interface IMemoryNote : IGrainWithGuidKey
{
    Task Write(string text);

    Task<string> Read();

    Task Forget();
}

[GrainType("tests-note")]
internal sealed class MemoryNoteGrain([PersistentState("note")] IPersistentState<Parcel> state) : Grain, IMemoryNote
{
    public async Task Write(string text)
    {
        state.State.Words = [text];
        await state.WriteStateAsync();
        state.State.Words.Add("after the write");
    }

    public Task<string> Read() => Task.FromResult(string.Join(',', state.State.Words));

    public Task Forget()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }
}

public interface IClock : IGrainWithStringKey
{
    Task Start(TimeSpan due, TimeSpan period, bool interleave);

    Task Change(TimeSpan due, TimeSpan period);

    Task<int> Ticks();

    Task<int> TicksDuring(int milliseconds);

    Task<string> Activation();
}

[GrainType("tests-clock")]
internal sealed class ClockGrain : Grain, IClock
{
    private IGrainTimer? _timer;
    private int _ticks;

    public Task Start(TimeSpan due, TimeSpan period, bool interleave)
    {
        _timer = this.RegisterGrainTimer(
            () =>
            {
                _ticks++;
                return Task.CompletedTask;
            },
            new GrainTimerCreationOptions(due, period) { Interleave = interleave });
        return Task.CompletedTask;
    }

    public Task Change(TimeSpan due, TimeSpan period)
    {
        _timer!.Change(due, period);
        return Task.CompletedTask;
    }

    public Task<int> Ticks() => Task.FromResult(_ticks);

    public async Task<int> TicksDuring(int milliseconds)
    {
        var before = _ticks;
        await Task.Delay(milliseconds);
        return _ticks - before;
    }

    public Task<string> Activation() => Task.FromResult(GrainContext.ActivationId.ToString());
}

public interface IKeeper : IGrainWithStringKey
{
    Task<string> Activation();
}

[GrainType("tests-keeper"), KeepAlive, HashBasedPlacement]
internal sealed class KeeperGrain : Grain, IKeeper
{
    public Task<string> Activation() => Task.FromResult(GrainContext.ActivationId.ToString());
}

public interface ISink : IGrainWithStringKey
{
    Task<int> Count();

    Task<bool> InOrder();

    Task Hold(bool hold);
}

[GrainType("tests-sink"), ImplicitStreamSubscription("tests.events"), Reentrant]
internal sealed class SinkGrain : Grain, ISink, IAsyncBatchObserver<Event>, IStreamSubscriptionObserver
{
    private static readonly ConcurrentDictionary<string, TaskCompletionSource> Gates = new(StringComparer.Ordinal);
    private int _count;
    private int _last = -1;
    private bool _inOrder = true;

    public Task OnSubscribed(IStreamSubscriptionHandleFactory handleFactory) => handleFactory.Create<Event>().ResumeAsync(this);

    public async Task OnNextAsync(IList<SequentialItem<Event>> items)
    {
        if (Gates.TryGetValue(this.GetPrimaryKeyString(), out var gate)) await gate.Task;
        foreach (var item in items)
        {
            _inOrder &= item.Item.Number == _last + 1;
            _last = item.Item.Number;
        }
        _count += items.Count;
    }

    public Task OnCompletedAsync() => Task.CompletedTask;

    public Task OnErrorAsync(Exception ex) => Task.CompletedTask;

    public Task<int> Count() => Task.FromResult(_count);

    public Task<bool> InOrder() => Task.FromResult(_inOrder);

    public Task Hold(bool hold)
    {
        if (hold) Gates[this.GetPrimaryKeyString()] = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        else if (Gates.TryRemove(this.GetPrimaryKeyString(), out var gate)) gate.SetResult();
        return Task.CompletedTask;
    }
}

public interface ILocalGrain : IGrainWithStringKey
{
    Task<string> Silo();
}

[GrainType("tests-local"), PreferLocalPlacement]
internal sealed class LocalGrain : Grain, ILocalGrain
{
    public Task<string> Silo() => Task.FromResult(GrainContext.Address.SiloAddress!.ToString());
}

public interface IWorkerGrain : IGrainWithStringKey
{
    Task<string> Work(int milliseconds);
}

[GrainType("tests-worker"), StatelessWorker(2)]
internal sealed class WorkerGrain : Grain, IWorkerGrain
{
    public async Task<string> Work(int milliseconds)
    {
        await Task.Delay(milliseconds);
        return GrainContext.ActivationId.ToString();
    }
}

/// <summary>Crosses as it is, so that a test can hold a grain between two awaits.</summary>
[GenerateSerializer, Immutable, Alias("tests.gate")]
public sealed class Gate
{
    public TaskCompletionSource Reached { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Its continuations are queued before SetResult returns.</summary>
    public TaskCompletionSource Opened { get; } = new();

    public bool Passed { get; set; }
}

public interface IGateGrain : IGrainWithStringKey
{
    Task Pass(Gate gate);
}

[GrainType("tests-gate")]
internal sealed class GateGrain : Grain, IGateGrain
{
    public async Task Pass(Gate gate)
    {
        gate.Reached.SetResult();
        await gate.Opened.Task;
        gate.Passed = true;
    }
}
