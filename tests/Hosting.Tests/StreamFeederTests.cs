using System.Collections.Concurrent;
using IppanFleet.Grains;
using IppanFleet.Hosting.Gossip;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using NSubstitute;
using Orleans.Runtime;
using Orleans.Streams;

namespace IppanFleet.Hosting.Tests;

[Trait("area", "fleet")]
public sealed class StreamFeederTests : IAsyncDisposable
{
    private readonly GossipOptions _options = new() { Attempts = 3, Linger = TimeSpan.FromMilliseconds(1) };
    private readonly ConcurrentQueue<(StreamId Stream, int Items)> _sent = new();
    private readonly GossipQueue _queue;
    private StreamFeeder? _feeder;
    private int _refusals;

    public StreamFeederTests() => _queue = new GossipQueue(_options);

    [Fact]
    public async Task Messages_GoToTheStreamsOfTheirKindAndShard()
    {
        for (var i = 0; i < 300; i++) _queue.TryAdd(Samples.Item(GossipKind.Block, 5));
        _queue.TryAdd(Samples.Item(GossipKind.Transaction, 18));
        await StartAsync();
        await Samples.UntilAsync(() => _sent.Sum(batch => batch.Items) == 301, "everything sent");
        _sent.Where(batch => batch.Stream == StreamId.Create(GossipStreams.Blocks, "5")).Select(batch => batch.Items).ShouldBe([256, 44]);
        _sent.ShouldContain((StreamId.Create(GossipStreams.Transactions, "2"), 1));
    }

    [Fact]
    public async Task RefusedBatch_IsTriedAgain()
    {
        _refusals = 2;
        _queue.TryAdd(Samples.Item(GossipKind.Block, 1));
        await StartAsync();
        await Samples.UntilAsync(() => _sent.Count == 1, "the batch sent");
        _queue.Dropped(GossipKind.Block).ShouldBe(0);
    }

    [Fact]
    public async Task BatchRefusedTooOften_IsDroppedAndCounted_AndTheFeederGoesOn()
    {
        _refusals = 3;
        _queue.TryAdd(Samples.Item(GossipKind.Block, 1));
        _queue.TryAdd(Samples.Item(GossipKind.Block, 1));
        await StartAsync();
        await Samples.UntilAsync(() => _queue.Dropped(GossipKind.Block) == 2, "the batch dropped");
        _queue.TryAdd(Samples.Item(GossipKind.Transaction, 2));
        await Samples.UntilAsync(() => _sent.Count == 1, "the next batch sent");
    }

    public async ValueTask DisposeAsync()
    {
        if (_feeder is not null)
        {
            await _feeder.StopAsync(CancellationToken.None);
            _feeder.ExecuteTask!.IsCompletedSuccessfully.ShouldBeTrue();
            _feeder.Dispose();
        }

        _queue.Dispose();
    }

    private Task StartAsync()
    {
        var provider = Substitute.For<IStreamProvider>();
        provider.GetStream<GossipItem>(Arg.Any<StreamId>()).Returns(call => StreamOf(call.Arg<StreamId>()));
        var cluster = Substitute.For<IClusterClient>();
        cluster.ServiceProvider.Returns(new ServiceCollection().AddKeyedSingleton(GossipStreams.Provider, provider).BuildServiceProvider());
        _feeder = new StreamFeeder(_queue, _options, cluster, TimeProvider.System, NullLogger<StreamFeeder>.Instance);
        return _feeder.StartAsync(CancellationToken.None);
    }

    private IAsyncStream<GossipItem> StreamOf(StreamId id)
    {
        var stream = Substitute.For<IAsyncStream<GossipItem>>();
        stream.OnNextBatchAsync(Arg.Any<IEnumerable<GossipItem>>(), Arg.Any<StreamSequenceToken?>()).Returns(call =>
        {
            if (Interlocked.Decrement(ref _refusals) >= 0) throw new InvalidOperationException("the queue is full");
            _sent.Enqueue((id, call.Arg<IEnumerable<GossipItem>>().Count()));
            return Task.CompletedTask;
        });
        return stream;
    }
}
