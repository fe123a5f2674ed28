using IppanFleet.Libp2p.Protocols.GossipSub;
using static IppanFleet.Libp2p.Tests.GossipSub.TestRouter;

namespace IppanFleet.Libp2p.Tests.GossipSub;

[Trait("area", "gossipsub")]
public sealed class MessageRoutingTests
{
    private static readonly GossipSubOptions NoFlood = new() { FloodPublish = false };

    [Fact]
    public void Accept_ForwardsToTheMesh_ExceptSourceAndAuthor()
    {
        var router = new TestRouter();
        router.Router.Subscribe(Blocks, router.Now);
        var peers = router.AddMany(5);
        router.Accept(peers[0], 1, author: 2).ShouldBeTrue();
        peers.Select(peer => Take(peer).Messages.Count).ShouldBe([0, 0, 1, 1, 1]);
        router.Accept(peers[3], 1, author: 2).ShouldBeFalse();
        peers.ShouldAllBe(peer => Take(peer).Messages.Count == 0);
        (router.Router.Counters.Forwarded, router.Router.Counters.Duplicates).ShouldBe((3, 1));
    }

    [Fact]
    public void Accept_ForwardsToDirectPeersOutsideTheMesh()
    {
        var router = new TestRouter();
        router.Router.AddDirectPeer(Peer(2), router.Now);
        router.Router.Subscribe(Blocks, router.Now);
        var (source, direct) = (router.Add(1, topics: Blocks), router.Add(2, topics: Blocks));
        router.Accept(source, 1);
        router.Topic(Blocks).Mesh.ShouldBe([source]);
        Take(direct).Messages.Count.ShouldBe(1);
    }

    [Fact]
    public void Admit_TellsDuplicatesRejectedAndReplays_AndRemembersNothing()
    {
        var router = new TestRouter();
        router.Router.Subscribe(Blocks, router.Now);
        var source = router.Add(1, topics: Blocks);
        var topic = router.Topic(Blocks);
        Admission Admit(int id, ulong sequence, int author = 500) => router.Router.Admit(source, Id32(id), Peer(author).Bytes, sequence, topic, router.Now, out _);

        Admit(1, 1).ShouldBe(Admission.New);
        Admit(1, 1).ShouldBe(Admission.New);
        router.Accept(source, 1);
        Admit(1, 1).ShouldBe(Admission.Duplicate);
        Admit(2, 1).ShouldBe(Admission.Replay);
        Admit(2, 1, author: 501).ShouldBe(Admission.New);
        router.Router.Reject(source, topic, Id32(3), router.Now);
        Admit(3, 3).ShouldBe(Admission.KnownRejected);
        router.Router.Admit(source, Id32(9), router.Id.Bytes, 9, topic, router.Now, out _).ShouldBe(Admission.Replay);

        // Past the seen cache the author's numbers still tell.
        router.Heartbeats(121);
        Admit(1, 1).ShouldBe(Admission.Replay);
        Admit(3, 3).ShouldBe(Admission.New);
    }

    [Fact]
    public void Admit_FromAPeerOfManyInvalidMessages_IsRefused_UntilThePenaltyDecays()
    {
        var router = new TestRouter();
        router.Router.Subscribe(Blocks, router.Now);
        var (forger, direct) = (router.Add(1, topics: Blocks), router.Add(2, topics: Blocks));
        router.Router.AddDirectPeer(direct.Id, router.Now);
        var topic = router.Topic(Blocks);
        for (var i = 0; i <= 40; i++)
        {
            router.Router.Admit(forger, Id32(i), Peer(5).Bytes, 1, topic, router.Now, out _).ShouldBe(Admission.New);
            router.Router.Invalid(forger, topic);
            router.Router.Invalid(direct, topic);
        }
        router.Router.Admit(forger, Id32(99), Peer(5).Bytes, 1, topic, router.Now, out _).ShouldBe(Admission.Graylisted);
        router.Router.Admit(direct, Id32(99), Peer(5).Bytes, 1, topic, router.Now, out _).ShouldBe(Admission.New);
        router.Heartbeats(5);
        router.Router.Admit(forger, Id32(99), Peer(5).Bytes, 1, topic, router.Now, out _).ShouldBe(Admission.New);
    }

    [Fact]
    public void Forward_TakesBackAnUnsentIDontWant()
    {
        var router = new TestRouter();
        router.Router.Subscribe(Blocks, router.Now);
        var (source, peer) = (router.Add(1, topics: Blocks), router.Add(2, topics: Blocks));
        peer.SpeaksIDontWant = true;
        router.Router.AnnounceNotWanted(source, router.Topic(Blocks), Id32(1));
        router.Accept(source, 1);
        var sent = Take(peer);
        sent.Messages.Count.ShouldBe(1);
        sent.IDontWants.ShouldBeEmpty();
    }

    [Fact]
    public void Publish_WithFloodPublishing_ReachesAllSubscribersOnce()
    {
        var router = new TestRouter();
        router.Router.Subscribe(Blocks, router.Now);
        var peers = router.AddMany(20);
        router.Router.TryPublish(Blocks, Id32(1), Frame(50), router.Now).ShouldBe(new PublishOutcome(PublishStatus.Published, 20, Id32(1)));
        router.Router.TryPublish(Blocks, Id32(1), Frame(50), router.Now)!.Value.Status.ShouldBe(PublishStatus.Duplicate);
        peers.ShouldAllBe(peer => Take(peer).Messages.Count == 1);
    }

    [Fact]
    public void Publish_WithoutFloodPublishing_ReachesTheMesh()
    {
        var router = new TestRouter(NoFlood);
        router.Router.Subscribe(Blocks, router.Now);
        router.AddMany(20);
        router.Router.TryPublish(Blocks, Id32(1), Frame(50), router.Now)!.Value.Peers.ShouldBe(router.Topic(Blocks).Mesh.Count);
    }

    [Fact]
    public void Publish_WithoutPeers_IsNotRemembered()
    {
        var router = new TestRouter();
        router.Router.TryPublish(Blocks, Id32(1), Frame(50), router.Now)!.Value.Status.ShouldBe(PublishStatus.NoPeers);
        router.Router.Subscribe(Blocks, router.Now);
        router.Router.TryPublish(Blocks, Id32(1), Frame(50), router.Now)!.Value.Status.ShouldBe(PublishStatus.NoPeers);
        router.Add(1, topics: Blocks);
        router.Router.TryPublish(Blocks, Id32(1), Frame(50), router.Now)!.Value.Status.ShouldBe(PublishStatus.Published);
    }

    [Fact]
    public void Fanout_IsKeptForAMinuteAfterTheLastPublish_AndFilledUp()
    {
        var router = new TestRouter(NoFlood);
        var peers = router.AddMany(20);
        router.Router.TryPublish(Blocks, Id32(1), Frame(50), router.Now)!.Value.Peers.ShouldBe(6);
        var first = router.Topic(Blocks).Fanout!.ToList();
        router.Router.RemovePeer(first[0].Id);
        router.Heartbeats();
        router.Topic(Blocks).Fanout!.Count.ShouldBe(6);
        router.Heartbeats(30);
        router.Router.TryPublish(Blocks, Id32(2), Frame(50), router.Now);
        router.Heartbeats(59);
        router.Topic(Blocks).Fanout.ShouldNotBeNull();
        router.Heartbeats();
        router.Topic(Blocks).Fanout.ShouldBeNull();
        foreach (var peer in peers) router.Router.RemovePeer(peer.Id);
        router.Router.Topics.ShouldBeEmpty();
    }

    [Fact]
    public void Fanout_BecomesTheMesh_OnSubscribing()
    {
        var router = new TestRouter(NoFlood);
        router.AddMany(20);
        router.Router.TryPublish(Blocks, Id32(1), Frame(50), router.Now);
        var fanout = router.Topic(Blocks).Fanout!.ToList();
        router.Router.Subscribe(Blocks, router.Now);
        router.Topic(Blocks).Mesh.ShouldBe(fanout);
        router.Topic(Blocks).Fanout.ShouldBeNull();
    }

    [Fact]
    public void SlowPeer_LosesTheNewestMessages_NeverControl()
    {
        var router = new TestRouter(new GossipSubOptions { MaxQueuedMessages = 10, FloodPublish = true });
        router.Router.Subscribe(Blocks, router.Now);
        var (source, slow) = (router.Add(1, topics: Blocks), router.Add(2, topics: Blocks));
        for (var i = 0; i < 50; i++) router.Accept(source, i, size: 100 + i);
        router.Router.Counters.DroppedQueueFull.ShouldBe(40);
        router.Router.Unsubscribe(Blocks, router.Now);
        var sent = Take(slow);
        sent.Messages.Count.ShouldBe(10);
        sent.Prunes.Count.ShouldBe(1);
        sent.Subscriptions.ShouldBe([("blocks", false)]);
    }

    [Fact]
    public void Publish_WhenAllQueuesAreFull_ChangesNothing()
    {
        var router = new TestRouter(new GossipSubOptions { MaxQueuedMessages = 1 });
        router.Router.Subscribe(Blocks, router.Now);
        var peer = router.Add(1, topics: Blocks);
        router.Router.TryPublish(Blocks, Id32(1), Frame(50), router.Now).ShouldNotBeNull();
        router.Router.TryPublish(Blocks, Id32(2), Frame(50), router.Now).ShouldBeNull();
        Take(peer);
        router.Router.TryPublish(Blocks, Id32(2), Frame(50), router.Now)!.Value.Peers.ShouldBe(1);
    }

    [Fact]
    public void Rpcs_AreCoalescedUpToTheLimit_OnlyALargerMessageExceedsIt()
    {
        var router = new TestRouter();
        router.Router.Subscribe(Blocks, router.Now);
        var (source, peer) = (router.Add(1, topics: Blocks), router.Add(2, topics: Blocks));
        Take(peer);
        for (var i = 0; i < 200; i++) router.Accept(source, i, size: 1000);
        router.Accept(source, 1000, size: 500_000);
        router.Accept(source, 1001, size: 1000);
        var sizes = QueueSizes(peer);
        sizes.ShouldBe([65_000, 65_000, 65_000, 5_000, 500_000, 1_000]);
    }

    [Fact]
    public void Control_GoesBeforeMessagesBeforeGossip_InOneControlField()
    {
        var router = new TestRouter();
        router.Router.Subscribe(Blocks, router.Now);
        var peer = router.Add(1, topics: Blocks);
        Take(peer);
        peer.Queue.TryAddGossip(ControlEncoder.IWant([Id32(1)], 1000)[0]).ShouldBeTrue();
        peer.Queue.TryAddMessage(SignedMessage.Frame(new byte[60_000])).ShouldBeTrue();
        peer.Queue.TryAddMessage(SignedMessage.Frame(new byte[60_000])).ShouldBeTrue();
        peer.Queue.AddPrune(router.Topic(Blocks), TimeSpan.FromSeconds(1.2));
        var rpc = new OutboundRpc();
        peer.Queue.TryTake(rpc).ShouldBeTrue();
        rpc.Messages.ShouldBe(1);
        rpc.Size.ShouldBeGreaterThan(60_000 + 10);
        var sent = Take(peer);
        sent.Messages.Count.ShouldBe(1);
        sent.IWants.Count.ShouldBe(1);
        sent.Prunes.ShouldBeEmpty();
    }

    private static List<int> QueueSizes(PeerState peer)
    {
        var sizes = new List<int>();
        var rpc = new OutboundRpc();
        while (peer.Queue.TryTake(rpc)) sizes.Add(rpc.Size);
        return sizes;
    }
}
