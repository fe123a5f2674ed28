using System.Buffers;
using System.Text;
using IppanFleet.Libp2p.Protobuf;
using IppanFleet.Libp2p.Protocols.GossipSub;
using IppanFleet.Libp2p.Tests.Attacks.Naive;
using IppanFleet.Libp2p.Tests.GossipSub;
using static IppanFleet.Libp2p.Tests.GossipSub.TestRouter;

namespace IppanFleet.Libp2p.Tests.Attacks;

/// <summary>A peer whose subscriptions and control messages are meant to hurt.</summary>
[Trait("area", "gossipsub")]
[Trait("area", "attack")]
public sealed class GossipControlAttackTests
{
    private static readonly GossipSubOptions Unlimited = new()
    {
        MaxRpcSize = int.MaxValue, MaxSubscriptionsPerRpc = int.MaxValue, MaxTopicsPerPeer = int.MaxValue, MaxTopics = int.MaxValue, MaxControlEntriesPerRpc = int.MaxValue,
    };

    /// <summary>What a PRUNE may ask for: nothing, everything, and the edges of what a clock can hold.</summary>
    public static TheoryData<ulong> Backoffs => [0, 1, 3600, int.MaxValue, uint.MaxValue, long.MaxValue / TimeSpan.TicksPerSecond, long.MaxValue, (ulong)long.MaxValue + 1, ulong.MaxValue];

    /// <summary>CVE-2026-33040, CVE-2026-34219: neither the PRUNE nor a later heartbeat overflows, and an hour later the peer is grafted again.</summary>
    [Theory]
    [MemberData(nameof(Backoffs))]
    public void PruneBackoff_AnySeconds_HoldsForAnHourAtMost(ulong seconds)
    {
        var (router, peer) = Meshed(new GossipSubOptions());
        router.Prune(peer, Blocks, seconds);
        router.Topic(Blocks).Mesh.ShouldBeEmpty();
        router.Heartbeats(3602);
        router.Topic(Blocks).Mesh.ShouldBe([peer]);
    }

    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(ulong.MaxValue)]
    public void PruneBackoff_WithoutTheCap_Overflows(ulong seconds)
    {
        var (router, peer) = Meshed(new GossipSubOptions { MaxBackoff = TimeSpan.MaxValue });
        Should.Throw<OverflowException>(() => router.Prune(peer, Blocks, seconds));
    }

    /// <summary>The PRUNE itself passes; the sum that overflows is made a heartbeat later.</summary>
    [Fact]
    public void PruneBackoff_WithoutTheCap_OverflowsAtALaterHeartbeat()
    {
        var (router, peer) = Meshed(new GossipSubOptions { MaxBackoff = TimeSpan.MaxValue });
        router.Prune(peer, Blocks, (ulong)(TimeSpan.MaxValue - router.Now).TotalSeconds);
        Should.Throw<OverflowException>(() => router.Heartbeats(20));
    }

    /// <summary>CVE-2026-46679: a hundred thousand subscriptions in one RPC, and the same in RPCs of a size that passes.</summary>
    [Fact]
    public async Task SubscriptionFlood_IsRefusedAsAWhole_AndBoundedAcrossRpcs()
    {
        await using var shell = new GossipShell();
        await shell.JoinAsync();
        (await Should.ThrowAsync<ChannelException>(async () => await shell.Node.ReceiveAsync(shell.Peer, Subscriptions(0, 100_000, subscribe: true)))).Fault.ShouldBe(ChannelFault.LimitExceeded);
        shell.Peer.Topics.ShouldBeEmpty();

        for (var i = 0; i < 100; i++) await shell.Node.ReceiveAsync(shell.Peer, Subscriptions(1000 * i, 1000, subscribe: true));
        shell.Peer.Topics.Count.ShouldBe(256);
    }

    [Fact]
    public async Task SubscriptionFlood_WithoutTheLimits_IsKept()
    {
        await using var shell = new GossipShell { Options = Unlimited };
        await shell.JoinAsync();
        await shell.Node.ReceiveAsync(shell.Peer, Subscriptions(0, 100_000, subscribe: true));
        shell.Peer.Topics.Count.ShouldBe(100_000);
    }

    /// <summary>CVE-2026-46679, its other half: what was unsubscribed again leaves nothing, however many topics it were.</summary>
    [Fact]
    public void TopicsLeftAgain_LeaveNothing_WhereTheNaiveTableKeepsAnEmptySetOfEach()
    {
        const int Rounds = 50;
        var router = new TestRouter();
        var peer = router.Add(1);
        var naive = new Dictionary<string, HashSet<int>>(StringComparer.Ordinal);
        for (var i = 0; i < Rounds; i++)
        {
            foreach (var subscribe in new[] { true, false })
            {
                var rpc = Subscriptions(200 * i, 200, subscribe);
                var applier = new SubscriptionApplier(router, peer);
                RpcWalker.Walk(rpc, ref applier).ShouldBe(RpcFault.None);
                foreach (var (topic, wanted) in NaiveRpc.Decode(rpc).Subscriptions)
                {
                    if (!naive.TryGetValue(topic, out var peers)) naive.Add(topic, peers = []);
                    if (wanted) peers.Add(1);
                    else peers.Remove(1);
                }
            }
        }
        router.Router.Topics.ShouldBeEmpty();
        router.Router.Counters.DroppedSubscriptions.ShouldBe(0);
        naive.Count.ShouldBe(200 * Rounds, "with the defence off each topic is kept for ever");
    }

    /// <summary>rust-libp2p 6486: control entries of two bytes each. They are counted where they stand; as objects they would be many times the RPC.</summary>
    [Fact]
    public void ControlFlood_IsRefusedBeforeItIsDecoded_WhereTheNaiveDecoderMultipliesIt()
    {
        var options = new GossipSubOptions();
        var entries = new ArrayBufferWriter<byte>();
        var control = new ProtoWriter(entries);
        while (entries.WrittenCount < options.MaxRpcSize - 10) control.WriteBytes(RpcFields.ControlGraft, []);
        var output = new ArrayBufferWriter<byte>();
        new ProtoWriter(output).WriteBytes(RpcFields.Control, entries.WrittenSpan);

        var before = GC.GetAllocatedBytesForCurrentThread();
        var limits = new RpcLimits(options);
        RpcWalker.Walk(output.WrittenSpan, ref limits).ShouldBe(RpcFault.Refused);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(10_000);

        before = GC.GetAllocatedBytesForCurrentThread();
        NaiveRpc.Decode(output.WrittenSpan).Control.Count.ShouldBe(entries.WrittenCount / 2);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeGreaterThan(30L * output.WrittenCount, "with the defence off");
    }

    /// <summary>jvm-libp2p 472: who leaves a topic and comes back grafts nobody within the backoff that it asked for itself; without the filter the others count it as misbehaviour.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Subscribe_AfterUnsubscribe_GraftsInBackoffOnlyWithTheDefenceOff(bool defended)
    {
        var us = new TestRouter(defended ? null : new GossipSubOptions { MaxBackoffs = 0 }, seed: 1);
        var them = new TestRouter(seed: 2);
        us.Router.Subscribe(Blocks, us.Now);
        them.Router.Subscribe(Blocks, them.Now);
        var (theirs, ours) = (us.Add(2, topics: Blocks), them.Add(1, topics: Blocks));
        Take(theirs);

        for (var i = 0; i < 12; i++)
        {
            us.Router.Unsubscribe(Blocks, us.Now);
            Pass();
            us.Router.Subscribe(Blocks, us.Now);
            Pass();
        }

        them.Router.Counters.GraftsInBackoff.ShouldBe(defended ? 0 : 12);
        ours.IsTrusted.ShouldBe(defended, "whoever grafts too early is kept out of all meshes");

        void Pass()
        {
            var sent = Take(theirs);
            foreach (var (_, seconds) in sent.Prunes) them.Prune(ours, Blocks, seconds);
            foreach (var _ in sent.Grafts) them.Graft(ours, Blocks);
        }
    }

    private static (TestRouter Router, PeerState Peer) Meshed(GossipSubOptions options)
    {
        var router = new TestRouter(options);
        router.Router.Subscribe(Blocks, router.Now);
        var peer = router.Add(1, topics: Blocks);
        router.Topic(Blocks).Mesh.ShouldBe([peer]);
        return (router, peer);
    }

    private static byte[] Subscriptions(int first, int count, bool subscribe)
    {
        var output = new ArrayBufferWriter<byte>();
        var writer = new ProtoWriter(output);
        for (var i = first; i < first + count; i++)
        {
            var topic = Encoding.ASCII.GetBytes($"t{i}");
            writer.WriteHeader(RpcFields.Subscriptions, 2 + ProtoWriter.SizeOfBytes(RpcFields.SubscriptionTopic, topic.Length));
            writer.WriteVarint(RpcFields.SubscriptionIsSubscribe, subscribe ? 1UL : 0UL);
            writer.WriteBytes(RpcFields.SubscriptionTopic, topic);
        }
        return output.WrittenSpan.ToArray();
    }

    private readonly struct SubscriptionApplier(TestRouter router, PeerState peer) : IRpcVisitor
    {
        public bool Subscription(ReadOnlySpan<byte> topic, bool subscribe)
        {
            router.Router.ReceiveSubscription(peer, topic, subscribe, router.Now);
            return true;
        }

        public bool Message(int offset, int length) => false;

        public bool Graft(ReadOnlySpan<byte> topic) => false;

        public bool Prune(ReadOnlySpan<byte> topic, ulong backoff) => false;

        public bool IHave(ReadOnlySpan<byte> topic, MessageIdList ids) => false;

        public bool IWant(MessageIdList ids) => false;

        public bool IDontWant(MessageIdList ids) => false;
    }
}
