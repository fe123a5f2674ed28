using Orleans.Runtime;

namespace IppanFleet.Grains.Tests;

[Trait("area", "fleet")]
public class GossipShardGrainTests
{
    [Fact]
    public async Task Items_FromSeveralSilos_CountOnce()
    {
        await using var cluster = await FleetCluster.StartAsync(silos: 2);
        var provider = cluster.Cluster.Client.GetStreamProvider(GossipStreams.Provider);
        var blocks = provider.GetStream<GossipItem>(StreamId.Create(GossipStreams.Blocks, "3"));
        var transactions = provider.GetStream<GossipItem>(StreamId.Create(GossipStreams.Transactions, "3"));
        await blocks.OnNextBatchAsync([Item(GossipKind.Block, 1), Item(GossipKind.Block, 2)]);
        await blocks.OnNextBatchAsync([Item(GossipKind.Block, 1), Item(GossipKind.Block, 3)]);
        await transactions.OnNextBatchAsync([Item(GossipKind.Transaction, 9)]);

        var shard = cluster.Cluster.Client.GetGrain<IGossipShardGrain>("3");
        await FleetCluster.UntilAsync(async () => (await shard.Snapshot()).Batches == 3, "three batches");
        var snapshot = await shard.Snapshot();
        snapshot.Remembered.ShouldBe(4);
        snapshot.Kinds.Single(kind => kind.Kind == GossipKind.Block).ShouldBe(new GossipCount { Kind = GossipKind.Block, Accepted = 3, Duplicates = 1, Bytes = 15 });
        snapshot.Kinds.Single(kind => kind.Kind == GossipKind.Transaction).Accepted.ShouldBe(1);
    }

    [Fact]
    public void SeenMessages_Full_ForgetsTheOldest()
    {
        var seen = new SeenMessages(2);
        seen.TryAdd(Id(1)).ShouldBeTrue();
        seen.TryAdd(Id(1)).ShouldBeFalse();
        seen.TryAdd(Id(2)).ShouldBeTrue();
        seen.TryAdd(Id(3)).ShouldBeTrue();
        seen.Count.ShouldBe(2);
        seen.TryAdd(Id(3)).ShouldBeFalse();
        seen.TryAdd(Id(1)).ShouldBeTrue();
    }

    private static Ippan.Hash32 Id(byte number) => new(Enumerable.Repeat(number, 32).ToArray());

    private static GossipItem Item(GossipKind kind, byte number) => new() { Kind = kind, MessageId = Id(number).ToArray(), Data = new byte[5] };
}
