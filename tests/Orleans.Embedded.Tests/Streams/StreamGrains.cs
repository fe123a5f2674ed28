using System.Collections.Concurrent;
using Orleans.Runtime;
using Orleans.Streams;
using Orleans.Streams.Core;

namespace Orleans.Tests.Streams;

/// <summary>Subscribes to a stream when it is told to, and takes the subscription up again in each further activation.</summary>
public interface IFollower : IGrainWithStringKey
{
    Task Follow();

    Task<int[]> Heard();

    Task<string> Activation();

    Task Forget();
}

[GrainType("tests-follower")]
internal sealed class FollowerGrain : Grain, IFollower
{
    private readonly List<int> _heard = [];

    private IAsyncStream<Event> Stream => this.GetStreamProvider("talks").GetStream<Event>(StreamId.Create("talk", this.GetPrimaryKeyString()));

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        foreach (var handle in await Stream.GetAllSubscriptionHandles()) await handle.ResumeAsync(HearAsync);
    }

    public Task Follow() => Stream.SubscribeAsync(HearAsync);

    public Task<int[]> Heard() => Task.FromResult(_heard.ToArray());

    public Task<string> Activation() => Task.FromResult(GrainContext.ActivationId.ToString());

    public Task Forget()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    private Task HearAsync(Event item, StreamSequenceToken? token)
    {
        _heard.Add(item.Number);
        return Task.CompletedTask;
    }
}

public interface IRecorder : IGrainWithStringKey;

/// <summary>Notes for the whole process what reached it, in which activation whatsoever; a test may hold it before it takes anything.</summary>
[GrainType("tests-recorder"), ImplicitStreamSubscription("tests.records")]
internal sealed class RecorderGrain : Grain, IRecorder, IAsyncBatchObserver<Event>, IStreamSubscriptionObserver
{
    /// <summary>What reached the grain of a key.</summary>
    public static ConcurrentDictionary<string, ConcurrentQueue<int>> Records { get; } = new(StringComparer.Ordinal);

    /// <summary>Until when the grain of a key waits with each batch.</summary>
    public static ConcurrentDictionary<string, Gate> Gates { get; } = new(StringComparer.Ordinal);

    public Task OnSubscribed(IStreamSubscriptionHandleFactory handleFactory) => handleFactory.Create<Event>().ResumeAsync(this);

    public async Task OnNextAsync(IList<SequentialItem<Event>> items)
    {
        var key = this.GetPrimaryKeyString();
        if (Gates.TryGetValue(key, out var gate))
        {
            gate.Reached.TrySetResult();
            await gate.Opened.Task;
        }

        foreach (var item in items) Records.GetOrAdd(key, _ => new()).Enqueue(item.Item.Number);
    }

    public Task OnCompletedAsync() => Task.CompletedTask;

    public Task OnErrorAsync(Exception ex) => Task.CompletedTask;
}
