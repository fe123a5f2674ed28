using IppanFleet.Grains;
using IppanFleet.Hosting.Gossip;

namespace IppanFleet.Hosting.Tests;

[Trait("area", "fleet")]
public class GossipBatchesTests
{
    [Fact]
    public void ManyItems_BatchesKeepTheirBoundsAndTheirOrder()
    {
        var random = new Random(7);
        var items = Enumerable.Range(0, 5_000).Select(i => Samples.Item((GossipKind)random.Next(4), i, random.Next(1, 3_000))).ToArray();
        var batches = GossipBatches.Of(items, maxItems: 256, maxBytes: 65_536);

        batches.Values.SelectMany(own => own).ShouldAllBe(batch => batch.Count <= 256 && (batch.Count == 1 || batch.Sum(item => item.Data.Length) <= 65_536));
        foreach (var (stream, own) in batches)
            own.SelectMany(batch => batch).ShouldBe(items.Where(item => item.Kind == stream.Kind && item.MessageId[0] % GossipStreams.Shards == stream.Shard));
        batches.Values.Sum(own => own.Sum(batch => batch.Count)).ShouldBe(items.Length);
    }

    [Fact]
    public void LargeItem_TravelsAlone()
    {
        GossipItem[] items = [Samples.Item(GossipKind.Block, 1, 10), Samples.Item(GossipKind.Block, 1, 500_000), Samples.Item(GossipKind.Block, 1, 10)];
        GossipBatches.Of(items, 256, 65_536).Values.Single().Select(batch => batch.Count).ShouldBe([1, 1, 1]);
    }

    [Fact]
    public void MoreThanABatch_OfSmallItems()
    {
        var items = Enumerable.Range(0, 600).Select(_ => Samples.Item(GossipKind.Transaction, 1, 1));
        GossipBatches.Of(items, 256, 65_536).Values.Single().Select(batch => batch.Count).ShouldBe([256, 256, 88]);
    }
}
