using IppanFleet.Libp2p.Protocols.GossipSub;
using static IppanFleet.Libp2p.Tests.GossipSub.TestRouter;

namespace IppanFleet.Libp2p.Tests.GossipSub;

[Trait("area", "gossipsub")]
public sealed class SubscriptionTests
{
    [Fact]
    public void Subscriptions_BeyondTheLimitOfAPeer_ArePassedOver()
    {
        var router = new TestRouter(new GossipSubOptions { MaxTopicsPerPeer = 5 });
        var peer = router.Add(1);
        for (var i = 0; i < 100; i++) router.Router.ReceiveSubscription(peer, Utf8(new Topic($"t{i}")), subscribe: true, router.Now);
        router.Router.Topics.Count.ShouldBe(5);
        router.Router.Counters.DroppedSubscriptions.ShouldBe(95);
    }

    [Fact]
    public void Subscriptions_BeyondTheLimitOfAll_AreTakenForKnownTopicsOnly()
    {
        var router = new TestRouter(new GossipSubOptions { MaxTopics = 3 });
        router.Router.Subscribe(Blocks, router.Now);
        for (var i = 0; i < 10; i++)
        {
            var peer = router.Add(i, topics: Blocks);
            router.Router.ReceiveSubscription(peer, Utf8(new Topic($"t{i}")), subscribe: true, router.Now);
        }
        router.Router.Topics.Count.ShouldBe(3);
        router.Topic(Blocks).Subscribers.Count.ShouldBe(10);
    }

    [Fact]
    public void Unsubscribed_ByTheLastPeer_IsForgotten()
    {
        var router = new TestRouter();
        var peer = router.Add(1, topics: Blocks);
        for (var i = 0; i < 1000; i++)
        {
            router.Router.ReceiveSubscription(peer, Utf8(new Topic($"t{i}")), subscribe: true, router.Now);
            router.Router.ReceiveSubscription(peer, Utf8(new Topic($"t{i}")), subscribe: false, router.Now);
        }
        router.Router.Topics.Count.ShouldBe(1);
        peer.Topics.Count.ShouldBe(1);
    }

    [Fact]
    public void Subscription_OfNoText_IsPassedOver()
    {
        var router = new TestRouter();
        var peer = router.Add(1);
        router.Router.ReceiveSubscription(peer, [0xff, 0xfe], subscribe: true, router.Now);
        router.Router.ReceiveSubscription(peer, [], subscribe: true, router.Now);
        router.Router.ReceiveSubscription(peer, [], subscribe: false, router.Now);
        router.Router.Topics.ShouldBeEmpty();
    }

    [Fact]
    public void Unsubscribed_ByAMeshPeer_LeavesTheMesh()
    {
        var router = new TestRouter();
        router.Router.Subscribe(Blocks, router.Now);
        var peer = router.Add(1, topics: Blocks);
        router.Router.ReceiveSubscription(peer, Utf8(Blocks), subscribe: false, router.Now);
        router.Topic(Blocks).Mesh.ShouldBeEmpty();
        router.Router.Changes.Select(change => (change.Subscribed, change.Mesh)).ShouldBe(
            [(true, null), (false, MeshChange.Grafted), (false, MeshChange.PeerUnsubscribed), (false, null)]);
    }

    [Fact]
    public void NewPeer_IsGreetedWithOurSubscriptions()
    {
        var router = new TestRouter();
        router.Router.Subscribe(Blocks, router.Now);
        router.Router.Subscribe(new Topic("transactions"), router.Now);
        Take(router.Add(1)).Subscriptions.ShouldBe([("blocks", true), ("transactions", true)]);
    }

    [Fact]
    public void Topic_OfTooManyBytes_IsRefused()
    {
        Should.Throw<ArgumentException>(() => new Topic(new string('ä', (Topic.MaxBytes / 2) + 1)));
        Should.Throw<ArgumentException>(() => new Topic(""));
        new Topic(new string('ä', Topic.MaxBytes / 2)).Name.Length.ShouldBe(Topic.MaxBytes / 2);
    }
}
