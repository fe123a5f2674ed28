using IppanFleet.Libp2p.Protocols.GossipSub;
using static IppanFleet.Libp2p.Tests.GossipSub.TestRouter;

namespace IppanFleet.Libp2p.Tests.GossipSub;

[Trait("area", "gossipsub")]
public sealed class GossipTests
{
    private static TestRouter Subscribed(GossipSubOptions? options = null)
    {
        var router = new TestRouter(options);
        router.Router.Subscribe(Blocks, router.Now);
        return router;
    }

    [Fact]
    public void Heartbeat_GossipsToPeersOutsideTheMesh_ForThreeHeartbeats()
    {
        var router = Subscribed();
        var peers = router.AddMany(20);
        router.Accept(peers[0], 1).ShouldBeTrue();
        foreach (var peer in peers) Take(peer);

        var told = 0;
        for (var heartbeat = 0; heartbeat < 5; heartbeat++)
        {
            router.Heartbeats();
            var listeners = peers.Where(peer => Take(peer).IHaves.Count > 0).ToList();
            listeners.ShouldAllBe(peer => !router.Topic(Blocks).Mesh.Contains(peer));
            listeners.Count.ShouldBe(heartbeat < 3 ? 6 : 0);
            told += listeners.Count;
        }
        told.ShouldBe(18);
    }

    [Fact]
    public void Heartbeat_ManyPeers_GossipsToAQuarter()
    {
        var router = Subscribed();
        var peers = router.AddMany(105);
        router.Accept(peers[0], 1);
        router.Heartbeats();
        peers.Count(peer => Take(peer).IHaves.Count > 0).ShouldBe((105 - router.Topic(Blocks).Mesh.Count) / 4);
    }

    [Fact]
    public void IHave_OfUnknownMessages_IsAnsweredWithIWant()
    {
        var router = Subscribed();
        var peer = router.Add(1, topics: Blocks);
        router.Accept(peer, 1);
        router.IHave(peer, Blocks, Id32(1), Id32(2), Id32(3));
        Take(peer).IWants.ShouldBe([Id32(2), Id32(3)]);
        router.IHave(peer, new Topic("other"), Id32(4));
        Take(peer).IWants.ShouldBeEmpty();
    }

    [Fact]
    public void IHave_Flood_IsHeededWithinTheAllowanceOfAHeartbeat()
    {
        var router = Subscribed();
        var peer = router.Add(1, topics: Blocks);
        for (var i = 0; i < 1000; i++) router.IHave(peer, Blocks, Id32(i));
        Take(peer).IWants.Count.ShouldBe(10);
        router.Heartbeats();
        router.IHave(peer, Blocks, [.. Enumerable.Range(10_000, 20_000).Select(Id32)]);
        var rpcs = TakeRpcs(peer);
        rpcs.ShouldAllBe(rpc => rpc.Length <= 65_536);
        rpcs.Sum(rpc => rpc.Length).ShouldBeInRange(5000 * 34, (5000 * 34) + 100);
        router.IHave(peer, Blocks, Id32(90_000));
        Take(peer).IWants.ShouldBeEmpty();
        router.Router.Counters.Requested.ShouldBe(5010);
        router.Router.Counters.DroppedControl.ShouldBe(990 + 15_000 + 1);
    }

    [Fact]
    public void IWant_IsAnsweredThreeTimes()
    {
        var router = Subscribed();
        var (source, peer) = (router.Add(1, topics: Blocks), router.Add(2, topics: Blocks));
        router.Accept(source, 1);
        Take(source);
        for (var i = 0; i < 10; i++) router.IWant(source, Id32(1), Id32(2));
        Take(source).Messages.Count.ShouldBe(3);
        router.Router.Counters.CacheMisses.ShouldBe(10);
        Take(peer).Messages.Count.ShouldBe(1);
    }

    [Fact]
    public void IWant_Flood_IsHeededWithinTheAllowanceOfAHeartbeat()
    {
        var router = Subscribed(new GossipSubOptions { MaxIWantIds = 100 });
        var peer = router.Add(1, topics: Blocks);
        for (var i = 0; i < 200; i++) router.Accept(peer, i);
        router.IWant(peer, [.. Enumerable.Range(0, 200).Select(Id32)]);
        Take(peer).Messages.Count.ShouldBe(100);
        router.Router.Counters.DroppedControl.ShouldBe(100);
    }

    [Fact]
    public void Promise_ThatIsBroken_CostsAPenalty()
    {
        var router = Subscribed();
        var (honest, liar) = (router.Add(1, topics: Blocks), router.Add(2, topics: Blocks));
        router.IHave(honest, Blocks, Id32(1));
        router.IHave(liar, Blocks, Id32(2));
        router.Heartbeats();
        router.Accept(honest, 1);
        router.Heartbeats(3);
        honest.Penalty.ShouldBe(0);
        liar.Penalty.ShouldBeGreaterThan(0.9);
        router.Router.Counters.BrokenPromises.ShouldBe(1);
    }

    [Fact]
    public void IDontWant_SkipsTheMessageForThatPeer_ForThreeHeartbeats()
    {
        var router = Subscribed();
        var (source, picky, other) = (router.Add(1, topics: Blocks), router.Add(2, topics: Blocks), router.Add(3, topics: Blocks));
        router.IDontWant(picky, Id32(1), Id32(2));
        router.Accept(source, 1);
        Take(picky).Messages.ShouldBeEmpty();
        Take(other).Messages.Count.ShouldBe(1);
        router.Heartbeats(3);
        router.Accept(source, 2);
        Take(picky).Messages.Count.ShouldBe(1);
        router.Router.Counters.NotWanted.ShouldBe(1);
    }

    [Fact]
    public void IDontWant_Flood_IsBounded()
    {
        var router = Subscribed(new GossipSubOptions { MaxIDontWantIds = 10 });
        var (source, picky) = (router.Add(1, topics: Blocks), router.Add(2, topics: Blocks));
        router.IDontWant(picky, [.. Enumerable.Range(0, 1000).Select(Id32)]);
        router.Router.Counters.DroppedControl.ShouldBe(990);
        router.Accept(source, 999);
        Take(picky).Messages.Count.ShouldBe(1);
    }

    [Fact]
    public void AnnounceNotWanted_ReachesTheMeshExceptTheSource()
    {
        var router = Subscribed();
        var peers = router.AddMany(3);
        peers[1].SpeaksIDontWant = peers[0].SpeaksIDontWant = true;
        router.Router.AnnounceNotWanted(peers[0], router.Topic(Blocks), Id32(1));
        Take(peers[0]).IDontWants.ShouldBeEmpty();
        Take(peers[1]).IDontWants.ShouldBe([Id32(1)]);
        Take(peers[2]).IDontWants.ShouldBeEmpty();
    }
}
