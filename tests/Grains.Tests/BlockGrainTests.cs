using System.Collections.Concurrent;
using Orleans.Runtime;
using Orleans.Streams;

namespace IppanFleet.Grains.Tests;

[Trait("area", "fleet")]
public class BlockGrainTests
{
    [Fact]
    public async Task Block_ThatIsKept_IsFound_AndTheFirstStays()
    {
        await using var cluster = await FleetCluster.StartAsync();
        (await Grain(cluster, 1).Keep(Block(1, "first"u8))).ShouldBeTrue();
        (await Grain(cluster, 1).Keep(Block(1, "other"u8))).ShouldBeFalse();
        var found = await cluster.Fleet.FindBlock(Convert.ToHexString(Id(1)));
        found!.Data.ShouldBe("first"u8.ToArray());
        found.Node.ShouldBe("node-1");
        (await cluster.Fleet.FindBlock(Convert.ToHexString(Id(2)))).ShouldBeNull();
        await Should.ThrowAsync<ArgumentException>(() => cluster.Fleet.FindBlock("no id"));
    }

    [Fact]
    public async Task Block_AfterItsTime_IsNotHandedOut_AndMayComeAgain()
    {
        await using var cluster = await FleetCluster.StartAsync(blocks: new BlockOptions { Lifetime = TimeSpan.FromMilliseconds(200) });
        await Grain(cluster, 1).Keep(Block(1, "first"u8));
        await FleetCluster.UntilAsync(async () => await Grain(cluster, 1).Find() is null, "the block has expired");
        (await Grain(cluster, 1).Keep(Block(1, "again"u8))).ShouldBeTrue();
    }

    [Fact]
    public async Task Block_OfAnotherIdOrTooLarge_IsRefused()
    {
        await using var cluster = await FleetCluster.StartAsync();
        await Should.ThrowAsync<ArgumentException>(() => Grain(cluster, 1).Keep(Block(2, "x"u8)));
        await Should.ThrowAsync<ArgumentException>(() => Grain(cluster, 1).Keep(Block(1, new byte[FleetKeys.MaxBlockBytes + 1])));
        (await Grain(cluster, 1).Find()).ShouldBeNull();
    }

    [Fact]
    public async Task AcceptedBlocks_AreKept_AndReachApplicationsOnce()
    {
        await using var cluster = await FleetCluster.StartAsync(silos: 2);
        var taken = new ConcurrentQueue<GossipItem>();
        var applications = cluster.Cluster.Client.GetStreamProvider(GossipStreams.Applications);
        await applications.GetStream<GossipItem>(StreamId.Create(GossipStreams.AcceptedBlocks, "3")).SubscribeAsync(items =>
        {
            foreach (var item in items) taken.Enqueue(item.Item);
            return Task.CompletedTask;
        });

        var stream = cluster.Cluster.Client.GetStreamProvider(GossipStreams.Provider).GetStream<GossipItem>(StreamId.Create(GossipStreams.Blocks, "3"));
        await stream.OnNextBatchAsync([Item(1), Item(2)]);
        await stream.OnNextBatchAsync([Item(2), Item(3), Item(4) with { ContentId = [] }]);

        var shard = cluster.Cluster.Client.GetGrain<IGossipShardGrain>("3");
        await FleetCluster.UntilAsync(async () => (await shard.Snapshot()).Batches == 2 && taken.Count == 4, "everything passed on");
        (await shard.Snapshot()).BlocksKept.ShouldBe(3);
        (await shard.Snapshot()).Failed.ShouldBe(0);
        taken.Select(item => item.MessageId[0]).ShouldBe([1, 2, 3, 4]);
        (await Grain(cluster, 2).Find())!.Data.ShouldBe([2, 2]);
    }

    [Fact]
    public async Task Storage_ThatIsDown_CountsWhatWasNotKept_AndTheRestGoesOn()
    {
        await using var cluster = await FleetCluster.StartAsync();
        var stream = cluster.Cluster.Client.GetStreamProvider(GossipStreams.Provider).GetStream<GossipItem>(StreamId.Create(GossipStreams.Blocks, "3"));
        cluster.Nodes.Storage.IsDown = true;
        await stream.OnNextBatchAsync([Item(1)]);
        var shard = cluster.Cluster.Client.GetGrain<IGossipShardGrain>("3");
        await FleetCluster.UntilAsync(async () => (await shard.Snapshot()).Failed == 1, "a failure is counted");
        cluster.Nodes.Storage.IsDown = false;
        await stream.OnNextBatchAsync([Item(2)]);
        await FleetCluster.UntilAsync(async () => (await shard.Snapshot()).BlocksKept == 1, "the next block is kept");
    }

    private static IBlockGrain Grain(FleetCluster cluster, byte number) => cluster.Cluster.Client.GetGrain<IBlockGrain>(Convert.ToHexStringLower(Id(number)));

    private static byte[] Id(byte number) => [.. Enumerable.Repeat(number, 32)];

    private static BlockRecord Block(byte number, ReadOnlySpan<byte> data) => new() { Id = Id(number), Data = data.ToArray(), Node = "node-1" };

    private static GossipItem Item(byte number) => new() { Kind = GossipKind.Block, MessageId = Id(number), ContentId = Id(number), Data = [number, number], Node = "node-1" };
}
