using Orleans.Runtime;
using Orleans.Streams;

namespace Orleans.Tests.Streams;

public sealed class StreamTests
{
    [Fact]
    public async Task Batches_OfOneProducer_ArriveWholeAndInOrder()
    {
        await using var cluster = await TestClusters.StartAsync(silos: 2);
        var sink = cluster.Client.GetGrain<ISink>("order");

        for (var start = 0; start < 10_000; start += 100) await Events(cluster.Client, "order").OnNextBatchAsync(Numbers(start, 100));

        await TestClusters.Until(async () => await sink.Count() == 10_000);
        (await sink.InOrder()).ShouldBeTrue();
    }

    [Fact]
    public async Task Queue_WhenItsBoundIsReached_Throws_AndTakesAgainOnceItIsEmptied()
    {
        await using var cluster = await TestClusters.StartAsync();
        var sink = cluster.Client.GetGrain<ISink>("full");
        await sink.Hold(true);

        for (var i = 0; i < StreamQueue.Capacity; i++) await Events(cluster.Client, "full").OnNextAsync(new Event { Number = i });
        await Should.ThrowAsync<InvalidOperationException>(() => Events(cluster.Client, "full").OnNextAsync(new Event()));
        await sink.Hold(false);

        await TestClusters.Until(async () => await sink.Count() == StreamQueue.Capacity);
        await Events(cluster.Client, "full").OnNextAsync(new Event { Number = StreamQueue.Capacity });
        await TestClusters.Until(async () => await sink.Count() == StreamQueue.Capacity + 1);
    }

    [Fact]
    public async Task SlowStream_DoesNotHoldUpAnotherOfItsQueue()
    {
        await using var cluster = await TestClusters.StartAsync();
        var slow = cluster.Client.GetGrain<ISink>("slow");
        await slow.Hold(true);
        await Events(cluster.Client, "slow").OnNextAsync(new Event());

        for (var i = 0; i < 8; i++) await Events(cluster.Client, $"quick{i}").OnNextAsync(new Event());

        for (var i = 0; i < 8; i++) await TestClusters.Until(async () => await cluster.Client.GetGrain<ISink>($"quick{i}").Count() == 1);
        (await slow.Count()).ShouldBe(0);
        await slow.Hold(false);
    }

    [Fact]
    public async Task Streams_AfterASiloStopped_AreDeliveredByAnother()
    {
        await using var cluster = await TestClusters.StartAsync(silos: 2);
        for (var i = 0; i < 20; i++) await Events(cluster.Client, $"handover{i}").OnNextBatchAsync(Numbers(0, 5));

        await cluster.StopSiloAsync(cluster.Silos[0]);
        for (var i = 0; i < 20; i++) await Events(cluster.Client, $"handover{i}").OnNextBatchAsync(Numbers(5, 5));

        // What a grain of the stopped silo had counted is gone with it; what was produced afterwards has to arrive.
        for (var i = 0; i < 20; i++) await TestClusters.Until(async () => await cluster.Client.GetGrain<ISink>($"handover{i}").Count() >= 5);
    }

    [Fact]
    public async Task Client_ThatSubscribed_HearsUntilItUnsubscribes()
    {
        await using var cluster = await TestClusters.StartAsync(silos: 2);
        var talk = cluster.Client.GetStreamProvider("talks").GetStream<Event>(StreamId.Create("talk", "a"));
        var heard = 0;
        var handle = await talk.SubscribeAsync((item, _) =>
        {
            Volatile.Write(ref heard, item.Number);
            return Task.CompletedTask;
        });

        await talk.OnNextAsync(new Event { Number = 1 });
        await TestClusters.Until(() => Task.FromResult(Volatile.Read(ref heard) == 1));
        (await talk.GetAllSubscriptionHandles()).ShouldHaveSingleItem().HandleId.ShouldBe(handle.HandleId);
        await handle.UnsubscribeAsync();

        (await talk.GetAllSubscriptionHandles()).ShouldBeEmpty();
    }

    [Fact]
    public async Task ExplicitSubscription_OnImplicitOnlyProvider_IsRefused()
    {
        await using var cluster = await TestClusters.StartAsync();

        await Should.ThrowAsync<NotSupportedException>(() => Events(cluster.Client, "x").SubscribeAsync((_, _) => Task.CompletedTask));
    }

    [Fact]
    public async Task UnknownProvider_IsRefusedByName()
    {
        await using var cluster = await TestClusters.StartAsync();

        Should.Throw<KeyNotFoundException>(() => cluster.Client.GetStreamProvider("nowhere")).Message.ShouldContain("nowhere");
    }

    private static IAsyncStream<Event> Events(IClusterClient client, string key) => client.GetStreamProvider("events").GetStream<Event>(StreamId.Create("tests.events", key));

    private static Event[] Numbers(int start, int count) => [.. Enumerable.Range(start, count).Select(n => new Event { Number = n })];
}
