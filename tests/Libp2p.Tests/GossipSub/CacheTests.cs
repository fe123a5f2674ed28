using FsCheck;
using FsCheck.Fluent;
using IppanFleet.Libp2p.Protocols.GossipSub;

namespace IppanFleet.Libp2p.Tests.GossipSub;

[Trait("area", "gossipsub")]
public sealed class CacheTests
{
    private static TimeSpan Seconds(double s) => TimeSpan.FromSeconds(s);

    [Fact]
    public void SeenCache_Id_IsForgottenAfterItsTime()
    {
        var cache = new SeenCache(Seconds(120), 100);
        cache.TryAdd(TestRouter.Id32(1), Seconds(0)).ShouldBeTrue();
        cache.TryAdd(TestRouter.Id32(1), Seconds(60)).ShouldBeFalse();
        cache.Contains(TestRouter.Id32(1), Seconds(119.9)).ShouldBeTrue();
        cache.Contains(TestRouter.Id32(1), Seconds(120)).ShouldBeFalse();
        cache.TryAdd(TestRouter.Id32(1), Seconds(120)).ShouldBeTrue();
        cache.Count.ShouldBe(1);
    }

    [Fact]
    public void SeenCache_Full_ForgetsTheOldest()
    {
        var cache = new SeenCache(Seconds(120), 1000);
        for (var i = 0; i < 5000; i++) cache.TryAdd(TestRouter.Id32(i), Seconds(0)).ShouldBeTrue();
        cache.Count.ShouldBe(1000);
        cache.Contains(TestRouter.Id32(3999), Seconds(1)).ShouldBeFalse();
        for (var i = 4000; i < 5000; i++) cache.Contains(TestRouter.Id32(i), Seconds(1)).ShouldBeTrue();
    }

    [Fact]
    public void SeenCache_AnyInputs_BehavesAsItsModel() =>
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), steps =>
        {
            const int Capacity = 20;
            var cache = new SeenCache(Seconds(10), Capacity);
            var model = new List<(int Id, double Expires)>();
            for (var now = 0; now < steps.Length; now++)
            {
                var id = steps[now] % 40;
                model.RemoveAll(entry => entry.Expires <= now);
                var isNew = !model.Exists(entry => entry.Id == id);
                if (isNew && model.Count == Capacity) model.RemoveAt(0);
                if (isNew) model.Add((id, now + 10));
                if (cache.TryAdd(TestRouter.Id32(id), Seconds(now)) != isNew || cache.Count != model.Count) return false;
            }
            return true;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void MessageId_OfAnyLength_ComparesByItsBytes()
    {
        var random = new Random(3);
        for (var size = 1; size <= MessageId.MaxSize; size++)
        {
            var bytes = new byte[size];
            random.NextBytes(bytes);
            var id = new MessageId(bytes);
            id.ShouldBe(new MessageId(bytes));
            id.GetHashCode().ShouldBe(new MessageId(bytes).GetHashCode());
            id.ToString().ShouldBe(Convert.ToHexStringLower(bytes));
            bytes[^1] ^= 1;
            id.ShouldNotBe(new MessageId(bytes));
        }
        new MessageId([0]).ShouldNotBe(new MessageId([0, 0]));
        Should.Throw<ArgumentException>(() => new MessageId(new byte[MessageId.MaxSize + 1]));
    }

    [Fact]
    public void MessageCache_Shift_ForgetsAfterTheHistoryAndGossipsAboutTheRecent()
    {
        var cache = new MessageCache(new GossipSubOptions());
        var topic = new TopicState(TestRouter.Blocks);
        for (var i = 0; i < 5; i++)
        {
            cache.Add(TestRouter.Id32(i), topic, new byte[10]);
            if (i < 4) cache.Shift();
        }
        cache.CollectGossip();
        topic.GossipIds.ShouldBe([TestRouter.Id32(2), TestRouter.Id32(3), TestRouter.Id32(4)]);
        cache.Count.ShouldBe(5);
        cache.Shift();
        cache.TryGet(TestRouter.Id32(0), out _).ShouldBeFalse();
        cache.TryGet(TestRouter.Id32(1), out _).ShouldBeTrue();
        for (var i = 0; i < 5; i++) cache.Shift();
        (cache.Count, cache.Bytes).ShouldBe((0, 0));
    }

    [Fact]
    public void MessageCache_TooManyBytes_ForgetsTheOldest()
    {
        var cache = new MessageCache(new GossipSubOptions { MaxHistoryBytes = 1000 });
        var topic = new TopicState(TestRouter.Blocks);
        for (var i = 0; i < 30; i++)
        {
            cache.Add(TestRouter.Id32(i), topic, new byte[100]);
            if (i % 4 == 0) cache.Shift();
        }
        cache.Bytes.ShouldBe(1000);
        cache.TryGet(TestRouter.Id32(20), out _).ShouldBeTrue();
        cache.TryGet(TestRouter.Id32(19), out _).ShouldBeFalse();
        for (var i = 0; i < 6; i++) cache.Shift();
        (cache.Count, cache.Bytes).ShouldBe((0, 0));
    }

    [Fact]
    public void MessageCache_Request_IsAnsweredThreeTimesForEachPeer()
    {
        var cache = new MessageCache(new GossipSubOptions());
        cache.Add(TestRouter.Id32(1), new TopicState(TestRouter.Blocks), new byte[10]);
        for (var i = 0; i < 3; i++) cache.Request(TestRouter.Id32(1), TestRouter.Peer(1), out _).ShouldNotBeNull();
        cache.Request(TestRouter.Id32(1), TestRouter.Peer(1), out var known).ShouldBeNull();
        known.ShouldBeTrue();
        cache.Request(TestRouter.Id32(1), TestRouter.Peer(2), out _).ShouldNotBeNull();
        cache.Request(TestRouter.Id32(2), TestRouter.Peer(2), out known).ShouldBeNull();
        known.ShouldBeFalse();
    }
}
