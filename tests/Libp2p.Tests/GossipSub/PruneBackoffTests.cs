using IppanFleet.Libp2p.Protocols.GossipSub;

namespace IppanFleet.Libp2p.Tests.GossipSub;

[Trait("area", "gossipsub")]
public sealed class PruneBackoffTests
{
    [Theory]
    [InlineData(0UL, 60)]
    [InlineData(1UL, 1)]
    [InlineData(3599UL, 3599)]
    [InlineData(3600UL, 3600)]
    [InlineData(3601UL, 3600)]
    [InlineData((ulong)int.MaxValue, 3600)]
    [InlineData((ulong)long.MaxValue, 3600)]
    [InlineData((ulong)long.MaxValue + 1, 3600)]
    [InlineData(ulong.MaxValue, 3600)]
    public void Prune_WithAnyBackoff_IsKeptForThatLongAndAtMostAnHour(ulong wire, int seconds)
    {
        var router = new TestRouter();
        router.Router.Subscribe(TestRouter.Blocks, router.Now);
        var peer = router.Add(1, topics: TestRouter.Blocks);
        router.Topic(TestRouter.Blocks).Mesh.ShouldBe([peer]);

        router.Prune(peer, TestRouter.Blocks, wire);
        TestRouter.Take(peer);
        router.Topic(TestRouter.Blocks).Mesh.ShouldBeEmpty();

        // One heartbeat of slack belongs to the backoff.
        router.Heartbeats(seconds);
        TestRouter.Take(peer).Grafts.ShouldBeEmpty();
        router.Heartbeats(2);
        TestRouter.Take(peer).Grafts.ShouldBe(["blocks"]);
        router.Heartbeats(20);
        router.Router.Backoffs.ShouldBe(0);
    }

    [Fact]
    public void Graft_InBackoff_IsPrunedAndTheBackoffExtended()
    {
        var router = new TestRouter();
        router.Router.Subscribe(TestRouter.Blocks, router.Now);
        var peer = router.Add(1, topics: TestRouter.Blocks);
        router.Prune(peer, TestRouter.Blocks, 20);
        TestRouter.Take(peer);
        router.Advance(TimeSpan.FromSeconds(15));

        router.Graft(peer, TestRouter.Blocks);

        TestRouter.Take(peer).Prunes.ShouldBe([("blocks", 60UL)]);
        router.Topic(TestRouter.Blocks).Mesh.ShouldBeEmpty();
        peer.Penalty.ShouldBeGreaterThan(0);
        router.Router.Counters.GraftsInBackoff.ShouldBe(1);
        router.Advance(TimeSpan.FromSeconds(59));
        router.Graft(peer, TestRouter.Blocks);
        router.Topic(TestRouter.Blocks).Mesh.ShouldBeEmpty();
        router.Advance(TimeSpan.FromSeconds(61));
        router.Graft(peer, TestRouter.Blocks);
        router.Topic(TestRouter.Blocks).Mesh.ShouldBe([peer]);
    }

    [Fact]
    public void Backoff_SurvivesReconnecting()
    {
        var router = new TestRouter();
        router.Router.Subscribe(TestRouter.Blocks, router.Now);
        var peer = router.Add(1, topics: TestRouter.Blocks);
        router.Prune(peer, TestRouter.Blocks, 60);
        router.Router.RemovePeer(peer.Id);
        var again = router.Add(1, topics: TestRouter.Blocks);
        TestRouter.Take(again).Grafts.ShouldBeEmpty();
        router.Graft(again, TestRouter.Blocks);
        TestRouter.Take(again).Prunes.Count.ShouldBe(1);
    }

    [Fact]
    public void Backoffs_AreBounded()
    {
        var options = new GossipSubOptions { MaxBackoffs = 10 };
        var backoff = new PruneBackoff(options);
        for (var i = 0; i < 100; i++) backoff.Add(TestRouter.Peer(i), TestRouter.Blocks, TimeSpan.FromSeconds(10), TimeSpan.Zero);
        backoff.Count.ShouldBe(10);
        backoff.Add(TestRouter.Peer(200), TestRouter.Blocks, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(60));
        backoff.Count.ShouldBe(1);
    }
}
