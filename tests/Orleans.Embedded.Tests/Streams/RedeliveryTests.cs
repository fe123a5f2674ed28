using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;
using Orleans.Runtime.Hosting;
using Orleans.Streams;

namespace Orleans.Tests.Streams;

/// <summary>What becomes of items whose consumer fails, is deactivated, or loses its silo.</summary>
public sealed class RedeliveryTests
{
    private readonly ConcurrentQueue<int> _given = new();
    private readonly ConcurrentQueue<Exception> _told = new();

    [Fact]
    public async Task ObserverThatFails_IsGivenTheItemAgain_AndTheNextOneOnlyThen()
    {
        await using var cluster = await TestClusters.StartAsync();
        var talk = Talk(cluster.Client, "again");
        await talk.SubscribeAsync(Failing(item => item == 1 && _given.Count < 3), TellAsync);

        await talk.OnNextAsync(new Event { Number = 1 });
        await talk.OnNextAsync(new Event { Number = 2 });

        await TestClusters.Until(() => Task.FromResult(_given.Contains(2)));
        _given.ShouldBe([1, 1, 1, 1, 2]);
        _told.ShouldBeEmpty();
    }

    [Fact]
    public async Task ObserverThatFailsForAMinute_IsToldOnceThatDeliveryFailed_AndTheItemIsSkipped()
    {
        var time = new ShiftedTime();
        await using var cluster = await TestClusters.StartAsync(configure: silo => silo.Services.AddSingleton<TimeProvider>(time));
        var talk = Talk(cluster.Client, "never");
        await talk.SubscribeAsync(Failing(item => item == 1), TellAsync);

        await talk.OnNextAsync(new Event { Number = 1 });
        await talk.OnNextAsync(new Event { Number = 2 });
        await TestClusters.Until(() => Task.FromResult(_given.Count >= 2));
        time.Advance(TimeSpan.FromSeconds(30));
        var before = _given.Count;
        await TestClusters.Until(() => Task.FromResult(_given.Count > before));
        _given.ShouldNotContain(2);
        _told.ShouldBeEmpty();

        time.Advance(TimeSpan.FromSeconds(31));
        await TestClusters.Until(() => Task.FromResult(_given.Contains(2)));
        await TestClusters.Until(() => Task.FromResult(!_told.IsEmpty));
        _told.ShouldHaveSingleItem().ShouldBeOfType<StreamEventDeliveryFailureException>().Message.ShouldContain("talk/never");
        _given.Count(item => item == 2).ShouldBe(1);
    }

    [Fact]
    public async Task Subscription_OfAGrainThatWasDeactivated_IsResumedByTheNextItem()
    {
        await using var cluster = await TestClusters.StartAsync(silos: 2);
        var follower = cluster.Client.GetGrain<IFollower>("resumed");
        await follower.Follow();
        var before = await follower.Activation();
        await follower.Forget();

        await Talk(cluster.Client, "resumed").OnNextAsync(new Event { Number = 7 });

        await TestClusters.Until(async () => (await follower.Heard()).Contains(7));
        (await follower.Activation()).ShouldNotBe(before);
        (await follower.Heard()).ShouldBe([7]);
    }

    [Fact]
    public async Task Subscription_InAPubSubStoreThatOutlivesTheCluster_IsKnownToTheNextOne()
    {
        var store = new SharedStorage();
        await using (var first = await StartAsync())
        {
            await first.Client.GetGrain<IFollower>("kept").Follow();
        }

        await using var second = await StartAsync();
        await Talk(second.Client, "kept").OnNextAsync(new Event { Number = 3 });
        await TestClusters.Until(async () => (await second.Client.GetGrain<IFollower>("kept").Heard()).Contains(3));

        Task<TestingHost.InProcessTestCluster> StartAsync() => TestClusters.StartAsync(configure: silo => silo.Services.AddGrainStorage("PubSubStore", (_, _) => store));
    }

    [Fact]
    public async Task BatchesThatWait_WhenTheirSiloIsStopped_AreAllDeliveredInOrderByAnother()
    {
        const int Streams = 16, Batches = 10, Size = 5;
        await using var cluster = await TestClusters.StartAsync(silos: 2);
        var keys = Enumerable.Range(0, Streams).Select(i => $"waiting{i}").ToArray();
        foreach (var key in keys) RecorderGrain.Gates[key] = new Gate();
        foreach (var key in keys)
        {
            for (var batch = 0; batch < Batches; batch++)
                await Records(cluster.Client, key).OnNextBatchAsync(Enumerable.Range(batch * Size, Size).Select(number => new Event { Number = number }));
        }

        // Each stream's first batch is with its grain, the others wait in the queues of both silos.
        await Task.WhenAll(keys.Select(key => RecorderGrain.Gates[key].Reached.Task)).WaitAsync(TimeSpan.FromSeconds(20));
        var leaving = cluster.Silos[0];
        var stopping = cluster.StopSiloAsync(leaving);
        await TestClusters.Until(() => Task.FromResult(!leaving.IsActive));
        foreach (var key in keys) RecorderGrain.Gates[key].Opened.SetResult();
        await stopping;

        foreach (var key in keys)
        {
            await TestClusters.Until(() => Task.FromResult(RecorderGrain.Records.TryGetValue(key, out var records) && records.Distinct().Count() == Batches * Size));
            RecorderGrain.Records[key].Distinct().ShouldBe(Enumerable.Range(0, Batches * Size), key);
        }
    }

    private static IAsyncStream<Event> Talk(IClusterClient client, string key) => client.GetStreamProvider("talks").GetStream<Event>(StreamId.Create("talk", key));

    private static IAsyncStream<Event> Records(IClusterClient client, string key) => client.GetStreamProvider("events").GetStream<Event>(StreamId.Create("tests.records", key));

    private Func<Event, StreamSequenceToken?, Task> Failing(Func<int, bool> fails) => (item, _) =>
    {
        var isWrong = fails(item.Number);
        _given.Enqueue(item.Number);
        return isWrong ? Task.FromException(new InvalidOperationException($"not {item.Number}")) : Task.CompletedTask;
    };

    private Task TellAsync(Exception error)
    {
        _told.Enqueue(error);
        return Task.CompletedTask;
    }

    /// <summary>The machine's clock and timers, with a monotonic clock that a test sets forward.</summary>
    private sealed class ShiftedTime : TimeProvider
    {
        private long _shift;

        public override long GetTimestamp() => base.GetTimestamp() + Volatile.Read(ref _shift);

        internal void Advance(TimeSpan by) => Interlocked.Add(ref _shift, (long)(by.TotalSeconds * TimestampFrequency));
    }
}
