using IppanFleet.Libp2p.Protocols.GossipSub;
using static IppanFleet.Libp2p.Tests.GossipSub.TestRouter;

namespace IppanFleet.Libp2p.Tests.GossipSub;

[Trait("area", "gossipsub")]
public sealed class MeshTests
{
    [Fact]
    public void Subscribe_WithManySubscribers_GraftsDOfThem()
    {
        var router = new TestRouter();
        var peers = router.AddMany(30);
        router.Router.Subscribe(Blocks, router.Now);
        router.Topic(Blocks).Mesh.Count.ShouldBe(6);
        foreach (var peer in peers)
        {
            var sent = Take(peer);
            sent.Subscriptions.ShouldBe([("blocks", true)]);
            sent.Grafts.Count.ShouldBe(router.Topic(Blocks).Mesh.Contains(peer) ? 1 : 0);
        }
    }

    [Fact]
    public void Heartbeat_MeshTooLarge_IsPrunedToDAndKeepsOutboundPeers()
    {
        for (var seed = 0; seed < 20; seed++)
        {
            var router = new TestRouter(seed: seed);
            router.Router.Subscribe(Blocks, router.Now);
            var outbound = router.AddMany(2, outbound: true);
            var inbound = router.AddMany(20, from: 10);
            foreach (var peer in inbound) router.Graft(peer, Blocks);
            router.Topic(Blocks).Mesh.Count.ShouldBe(12);
            var late = router.AddMany(5, outbound: true, from: 100);
            foreach (var peer in late) router.Graft(peer, Blocks);
            router.Topic(Blocks).Mesh.Count.ShouldBe(17);

            router.Heartbeats();

            var mesh = router.Topic(Blocks).Mesh;
            mesh.Count.ShouldBe(6);
            mesh.Count(peer => peer.IsOutbound).ShouldBeGreaterThanOrEqualTo(2);
            var pruned = outbound.Concat(inbound).Concat(late).Where(peer => Take(peer).Prunes.Contains(("blocks", 60UL))).ToList();
            pruned.Count.ShouldBe(11 + 10); // 11 of the mesh, and the ten that were refused at D_hi
        }
    }

    [Fact]
    public void Heartbeat_FewOutboundPeers_GraftsMoreOfThem()
    {
        var router = new TestRouter();
        router.Router.Subscribe(Blocks, router.Now);
        router.AddMany(6);
        var outbound = router.AddMany(4, outbound: true, from: 50);
        foreach (var peer in router.Topic(Blocks).Mesh) peer.IsOutbound.ShouldBeFalse();
        router.Topic(Blocks).Mesh.Count.ShouldBe(5);
        router.Heartbeats();
        router.Topic(Blocks).Mesh.Count(peer => outbound.Contains(peer)).ShouldBe(2);
    }

    [Fact]
    public void Graft_AtDHigh_IsTakenOnlyFromOutboundPeers()
    {
        var router = new TestRouter();
        router.Router.Subscribe(Blocks, router.Now);
        foreach (var peer in router.AddMany(12)) router.Graft(peer, Blocks);
        var (inbound, outbound) = (router.Add(60, outbound: false, Blocks), router.Add(61, outbound: true, Blocks));
        router.Graft(inbound, Blocks);
        router.Graft(outbound, Blocks);
        Take(inbound).Prunes.Count.ShouldBe(1);
        Take(outbound).Prunes.ShouldBeEmpty();
        router.Topic(Blocks).Mesh.ShouldContain(outbound);
        router.Topic(Blocks).Mesh.ShouldNotContain(inbound);
    }

    [Fact]
    public void Graft_OfUnknownTopic_IsIgnored()
    {
        var router = new TestRouter();
        var peer = router.Add(1, topics: Blocks);
        router.Graft(peer, Blocks);
        router.Graft(peer, new Topic("never heard of"));
        router.Prune(peer, Blocks, ulong.MaxValue);
        TakeRpcs(peer).ShouldBeEmpty();
        router.Router.Backoffs.ShouldBe(0);
    }

    [Fact]
    public void Graft_Flood_QueuesOnePruneForEachTopic()
    {
        var router = new TestRouter();
        router.Router.Subscribe(Blocks, router.Now);
        var peer = router.Add(1, topics: Blocks);
        router.Prune(peer, Blocks, 60);
        for (var i = 0; i < 100_000; i++) router.Graft(peer, Blocks);
        var rpcs = TakeRpcs(peer);
        rpcs.Count.ShouldBe(1);
        rpcs[0].Length.ShouldBeLessThan(200);
        peer.IsTrusted.ShouldBeFalse();
    }

    [Fact]
    public void Graft_OfDirectPeer_IsPruned()
    {
        var router = new TestRouter();
        router.Router.Subscribe(Blocks, router.Now);
        router.Router.AddDirectPeer(Peer(1), router.Now);
        var peer = router.Add(1, topics: Blocks);
        router.Graft(peer, Blocks);
        router.Heartbeats(100);
        var sent = Take(peer);
        sent.Grafts.ShouldBeEmpty();
        sent.Prunes.Count.ShouldBe(1);
    }

    [Fact]
    [Trait("area", "attack")]
    public void Unsubscribe_ThenSubscribe_GraftsNobodyWithinTheBackoff()
    {
        var router = new TestRouter();
        router.Router.Subscribe(Blocks, router.Now);
        var peers = router.AddMany(5);
        router.Heartbeats();
        foreach (var peer in peers) Take(peer).Grafts.Count.ShouldBe(1);

        router.Router.Unsubscribe(Blocks, router.Now).ShouldBeTrue();
        foreach (var peer in peers) Take(peer).Prunes.ShouldBe([("blocks", 10UL)]);
        router.Router.Subscribe(Blocks, router.Now).ShouldBeTrue();
        router.Heartbeats(10);
        foreach (var peer in peers) Take(peer).Grafts.ShouldBeEmpty();
        router.Heartbeats(2);
        foreach (var peer in peers) Take(peer).Grafts.Count.ShouldBe(1);
    }

    [Fact]
    public void Peer_WithHighPenalty_LeavesTheMesh()
    {
        var router = new TestRouter();
        router.Router.Subscribe(Blocks, router.Now);
        var peer = router.Add(1, topics: Blocks);
        for (var i = 0; i < 12; i++) router.Router.Reject(peer, router.Topic(Blocks), Id32(i), router.Now);
        router.Heartbeats();
        router.Topic(Blocks).Mesh.ShouldBeEmpty();
        router.Router.Changes.ShouldContain(new OverlayChange(peer.Id, Blocks, Subscribed: false, MeshChange.PrunedPenalty));
        router.Heartbeats(200);
        router.Topic(Blocks).Mesh.ShouldBe([peer]);
    }

    [Fact]
    public void RemovePeer_LeavesNothingBehind()
    {
        var router = new TestRouter();
        router.Router.Subscribe(Blocks, router.Now);
        var peers = router.AddMany(20);
        foreach (var peer in peers)
        {
            for (var i = 0; i < 10; i++) router.Router.ReceiveSubscription(peer, Utf8(new Topic($"t{i}")), subscribe: true, router.Now);
        }
        router.Router.Topics.Count.ShouldBe(11);
        foreach (var peer in peers) router.Router.RemovePeer(peer.Id);
        router.Router.Topics.Count.ShouldBe(1);
        router.Topic(Blocks).Mesh.ShouldBeEmpty();
        router.Topic(Blocks).Subscribers.ShouldBeEmpty();
        router.Router.ReceiveSubscription(peers[0], Utf8(Blocks), subscribe: true, router.Now);
        router.Topic(Blocks).Subscribers.ShouldBeEmpty();
    }
}
