using IppanFleet.Grains;
using IppanFleet.Hosting.Gossip;

namespace IppanFleet.Hosting.Tests;

[Trait("area", "fleet")]
public class GossipQueueTests
{
    [Fact]
    public void Full_BlockPushesOutTheOldestTransaction()
    {
        using var queue = new GossipQueue(new GossipOptions { QueueItems = 3 });
        for (var i = 1; i <= 3; i++) queue.TryAdd(Samples.Item(GossipKind.Transaction, i)).ShouldBeTrue();
        queue.TryAdd(Samples.Item(GossipKind.Block, 4)).ShouldBeTrue();

        queue.Dropped(GossipKind.Transaction).ShouldBe(1);
        queue.Dropped(GossipKind.Block).ShouldBe(0);
        queue.Take(10).Select(item => item.MessageId[0]).ShouldBe([(byte)4, (byte)2, (byte)3]);
    }

    [Fact]
    public void Full_TransactionIsDroppedAndCounted()
    {
        using var queue = new GossipQueue(new GossipOptions { QueueItems = 2 });
        queue.TryAdd(Samples.Item(GossipKind.Block, 1));
        queue.TryAdd(Samples.Item(GossipKind.Block, 2));
        queue.TryAdd(Samples.Item(GossipKind.Transaction, 3)).ShouldBeFalse();
        queue.TryAdd(Samples.Item(GossipKind.Block, 4)).ShouldBeFalse();
        queue.Dropped(GossipKind.Transaction).ShouldBe(1);
        queue.Dropped(GossipKind.Block).ShouldBe(1);
        queue.Count.ShouldBe(2);
    }

    [Fact]
    public void Bytes_AreBoundedToo()
    {
        using var queue = new GossipQueue(new GossipOptions { QueueBytes = 100 });
        for (var i = 0; i < 10; i++) queue.TryAdd(Samples.Item(GossipKind.PeerInfo, i, size: 10)).ShouldBeTrue();
        queue.TryAdd(Samples.Item(GossipKind.Block, 99, size: 35)).ShouldBeTrue();
        queue.Dropped(GossipKind.PeerInfo).ShouldBe(4);
        queue.Count.ShouldBe(7);
        queue.Take(100).Count.ShouldBe(7);
        queue.TryAdd(Samples.Item(GossipKind.Block, 100, size: 100)).ShouldBeTrue();
    }

    [Fact]
    public async Task Wait_EndsWithTheFirstMessage()
    {
        using var queue = new GossipQueue(new GossipOptions());
        var waiting = queue.WaitAsync(CancellationToken.None);
        waiting.IsCompleted.ShouldBeFalse();
        queue.TryAdd(Samples.Item(GossipKind.Block, 1));
        await waiting.WaitAsync(TimeSpan.FromSeconds(5));
    }
}
