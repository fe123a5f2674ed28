using System.Buffers;
using System.Collections.Concurrent;
using System.Text;
using IppanFleet.Libp2p.Identity;
using IppanFleet.Libp2p.Protobuf;
using IppanFleet.Libp2p.Protocols.GossipSub;
using IppanFleet.Libp2p.Swarm;
using Microsoft.Extensions.Logging.Abstractions;

namespace IppanFleet.Libp2p.Tests.GossipSub;

/// <summary>Whole nodes on real hosts: streams, signatures, application.</summary>
[Trait("area", "gossipsub")]
public sealed class NodeTests
{
    private static readonly Topic Blocks = TestRouter.Blocks;

    [Theory]
    [InlineData("tcp")]
    [InlineData("memory")]
    public async Task Publish_ReachesTheSubscriber_SignedAndOnce(string transport)
    {
        await using var net = new Net(transport);
        var (alice, bob) = (await net.StartAsync(), await net.StartAsync());
        alice.Gossip.Subscribe(Blocks).ShouldBeTrue();
        bob.Gossip.Subscribe(Blocks).ShouldBeTrue();
        await net.ConnectAsync(alice, bob);

        for (var i = 0; i < 100; i++)
        {
            var outcome = await alice.Gossip.PublishAsync(Blocks, Encoding.UTF8.GetBytes($"message {i}"));
            outcome.ShouldBe(new PublishOutcome(PublishStatus.Published, 1, outcome.Id));
        }

        await TestHosts.UntilAsync(() => bob.Received.Count == 100, "all arrived");
        bob.Received.Select(message => message.Text).ShouldBe(Enumerable.Range(0, 100).Select(i => $"message {i}"));
        bob.Received.ShouldAllBe(message => message.Author == alice.Host.Id && message.Source == alice.Host.Id);
        alice.Received.ShouldBeEmpty();
        bob.Gossip.Statistics.Accepted.ShouldBe(100);
        alice.Gossip.Statistics.Published.ShouldBe(100);
    }

    [Fact]
    public async Task Chain_OfNodes_ForwardsToTheEnd()
    {
        await using var net = new Net("memory");
        var nodes = new List<Node>();
        for (var i = 0; i < 6; i++) nodes.Add(await net.StartAsync());
        foreach (var node in nodes) node.Gossip.Subscribe(Blocks);
        for (var i = 1; i < nodes.Count; i++) await net.ConnectAsync(nodes[i - 1], nodes[i]);

        (await nodes[0].Gossip.PublishAsync(Blocks, new byte[2000])).IsPublished.ShouldBeTrue();

        await TestHosts.UntilAsync(() => nodes.Skip(1).All(node => node.Received.Count == 1), "all heard");
        nodes[^1].Received.Single().Author.ShouldBe(nodes[0].Host.Id);
        nodes[^1].Received.Single().Source.ShouldBe(nodes[^2].Host.Id);
    }

    [Fact]
    public async Task Publish_TooLarge_Duplicate_NoPeers_AreValues()
    {
        await using var net = new Net("memory") { Options = new GossipSubOptions { MessageIdFunction = static content => new MessageId(content.Data) } };
        var (alice, bob) = (await net.StartAsync(), await net.StartAsync());
        bob.Gossip.Subscribe(Blocks);
        (await alice.Gossip.PublishAsync(Blocks, new byte[1])).Status.ShouldBe(PublishStatus.NoPeers);
        await net.ConnectAsync(alice, bob);
        (await alice.Gossip.PublishAsync(Blocks, new byte[1])).Status.ShouldBe(PublishStatus.Published);
        (await alice.Gossip.PublishAsync(Blocks, new byte[1])).Status.ShouldBe(PublishStatus.Duplicate);
        (await alice.Gossip.PublishAsync(Blocks, new byte[(512 * 1024) + 1])).Status.ShouldBe(PublishStatus.TooLarge);
        alice.Gossip.Fanout(Blocks).ShouldBe([bob.Host.Id]);
    }

    [Fact]
    public async Task LargestMessage_Arrives()
    {
        await using var net = new Net("memory");
        var (alice, bob) = (await net.StartAsync(), await net.StartAsync());
        bob.Gossip.Subscribe(Blocks);
        await net.ConnectAsync(alice, bob);
        (await alice.Gossip.PublishAsync(Blocks, new byte[512 * 1024])).IsPublished.ShouldBeTrue();
        await TestHosts.UntilAsync(() => bob.Received.Count == 1, "it arrived");
    }

    [Theory]
    [InlineData(MessageVerdict.Reject)]
    [InlineData(MessageVerdict.Ignore)]
    public async Task Message_NotAccepted_IsNotForwarded(MessageVerdict verdict)
    {
        await using var net = new Net("memory");
        var (alice, bob, carol) = (await net.StartAsync(), await net.StartAsync(), await net.StartAsync());
        bob.Verdict = verdict;
        foreach (var node in (Node[])[alice, bob, carol]) node.Gossip.Subscribe(Blocks);
        await net.ConnectAsync(alice, bob);
        await net.ConnectAsync(bob, carol);
        await alice.Gossip.PublishAsync(Blocks, new byte[10]);
        await TestHosts.UntilAsync(() => bob.Gossip.Statistics is { Rejected: > 0 } or { Ignored: > 0 }, "judged");
        bob.Verdict = MessageVerdict.Accept;
        await alice.Gossip.PublishAsync(Blocks, "last"u8.ToArray());
        await TestHosts.UntilAsync(() => !carol.Received.IsEmpty, "the next one arrived");
        carol.Received.Select(message => message.Text).ShouldBe(["last"]);
    }

    [Fact]
    public async Task Handler_ThatThrows_CostsTheMessageOnly()
    {
        await using var net = new Net("memory");
        var (alice, bob) = (await net.StartAsync(), await net.StartAsync());
        bob.Gossip.Subscribe(Blocks);
        await net.ConnectAsync(alice, bob);
        bob.Throws = true;
        await alice.Gossip.PublishAsync(Blocks, new byte[10]);
        await TestHosts.UntilAsync(() => bob.Gossip.Statistics.Ignored == 1, "ignored");
        bob.Throws = false;
        await alice.Gossip.PublishAsync(Blocks, new byte[10]);
        await TestHosts.UntilAsync(() => bob.Received.Count == 1, "the next one arrived");
    }

    [Fact]
    [Trait("area", "attack")]
    public async Task Forged_MessageOfTheSameId_DoesNotSilenceTheVictim()
    {
        // Ids that cover the data only: the forger can bring the id first, but not the signature.
        await using var net = new Net("memory") { Options = new GossipSubOptions { MessageIdFunction = static content => new MessageId(content.Data) } };
        var (alice, bob, mallory) = (await net.StartAsync(), await net.StartAsync(), await net.StartAsync(gossip: false));
        bob.Gossip.Subscribe(Blocks);
        await net.ConnectAsync(alice, bob);
        await mallory.Host.Swarm.DialAsync(bob.Host.Addresses[0], TestHosts.Deadline);
        var genuine = SignedMessage.Sign(alice.Host.Identity, Blocks, 1, "truth"u8);
        var forged = genuine.ToArray();
        forged[^1] ^= 1;
        await using var stream = await mallory.Host.Swarm.OpenStreamAsync(bob.Host.Id, GossipSubProtocol.ProtocolIds, TestHosts.Deadline);
        for (var i = 0; i < 3; i++) await LengthPrefixed.WriteAsync(stream, forged);
        await TestHosts.UntilAsync(() => bob.Gossip.Statistics.Invalid == 3, "the forgeries came");
        bob.Received.ShouldBeEmpty();

        await alice.Gossip.PublishAsync(Blocks, "truth"u8.ToArray());

        await TestHosts.UntilAsync(() => bob.Received.Count == 1, "the genuine one arrived");
        bob.Received.Single().Author.ShouldBe(alice.Host.Id);
    }

    [Fact]
    [Trait("area", "attack")]
    public async Task Replayed_Message_PastTheSeenCache_IsDropped()
    {
        await using var net = new Net("memory") { Options = new GossipSubOptions { SeenTtl = TimeSpan.FromMilliseconds(1), HeartbeatInterval = TimeSpan.FromMilliseconds(20) } };
        var (bob, mallory) = (await net.StartAsync(), await net.StartAsync(gossip: false));
        bob.Gossip.Subscribe(Blocks);
        await mallory.Host.Swarm.DialAsync(bob.Host.Addresses[0], TestHosts.Deadline);
        await using var stream = await mallory.Host.Swarm.OpenStreamAsync(bob.Host.Id, GossipSubProtocol.ProtocolIds, TestHosts.Deadline);
        using var author = PeerIdentity.Generate();
        var old = SignedMessage.Sign(author, Blocks, 1, "old"u8);
        await LengthPrefixed.WriteAsync(stream, old);
        await TestHosts.UntilAsync(() => bob.Received.Count == 1, "first time");
        await Task.Delay(30);
        await LengthPrefixed.WriteAsync(stream, old);
        await TestHosts.UntilAsync(() => bob.Gossip.Statistics.Replayed == 1, "second time");
        bob.Received.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData("garbage")]
    [InlineData("subscriptions")]
    [InlineData("oversized")]
    [InlineData("message")]
    public async Task Rpc_ThatBreaksARule_EndsTheStreamAlone(string kind)
    {
        await using var net = new Net("memory");
        var (bob, mallory) = (await net.StartAsync(), await net.StartAsync(gossip: false));
        bob.Gossip.Subscribe(Blocks);
        await mallory.Host.Swarm.DialAsync(bob.Host.Addresses[0], TestHosts.Deadline);
        await using var stream = await mallory.Host.Swarm.OpenStreamAsync(bob.Host.Id, GossipSubProtocol.ProtocolIds, TestHosts.Deadline);
        var output = new ArrayBufferWriter<byte>();
        var writer = new ProtoWriter(output);
        switch (kind)
        {
            case "garbage": output.Write("\u0003\u0003garbage"u8); break;
            case "message": writer.WriteBytes(RpcFields.Publish, [0xff, 0xff]); break;
            case "oversized": writer.WriteBytes(99, new byte[600_000]); break;
            default:
                for (var i = 0; i < 2000; i++) writer.WriteBytes(RpcFields.Subscriptions, []);
                break;
        }
        await Should.ThrowAsync<ChannelException>(async () =>
        {
            await LengthPrefixed.WriteAsync(stream, output.WrittenMemory, TestHosts.Deadline);
            await ReadToEndAsync(stream);
        });
        mallory.Host.Swarm.FindConnection(bob.Host.Id).ShouldNotBeNull();
        bob.Gossip.Subscribers(Blocks).ShouldBeEmpty();
    }

    [Fact]
    public async Task Disconnect_ForgetsThePeer_AndReconnectingBringsItBack()
    {
        await using var net = new Net("memory");
        var (alice, bob) = (await net.StartAsync(), await net.StartAsync());
        alice.Gossip.Subscribe(Blocks);
        bob.Gossip.Subscribe(Blocks);
        for (var round = 0; round < 5; round++)
        {
            await net.ConnectAsync(alice, bob);
            await alice.Gossip.PublishAsync(Blocks, new[] { (byte)round });
            await TestHosts.UntilAsync(() => bob.Received.Count == round + 1, "it arrived");
            alice.Host.Swarm.Disconnect(bob.Host.Id, "test");
            await TestHosts.UntilAsync(() => alice.Gossip.Statistics.Peers + bob.Gossip.Statistics.Peers == 0, "both forgot");
            alice.Gossip.Subscribers(Blocks).ShouldBeEmpty();
            alice.Gossip.MeshPeers(Blocks).ShouldBeEmpty();
        }
    }

    [Fact]
    public async Task Publish_ToASlowApplication_Waits_AndNothingIsLost()
    {
        await using var net = new Net("memory") { Options = new GossipSubOptions { MaxQueuedMessages = 4, PublishTimeout = TimeSpan.FromSeconds(20) } };
        var (alice, bob) = (await net.StartAsync(), await net.StartAsync());
        bob.Gossip.Subscribe(Blocks);
        await net.ConnectAsync(alice, bob);
        for (var i = 0; i < 500; i++) (await alice.Gossip.PublishAsync(Blocks, new byte[20_000], TestHosts.Deadline)).IsPublished.ShouldBeTrue();
        await TestHosts.UntilAsync(() => bob.Received.Count == 500, "all arrived");
        alice.Gossip.Statistics.DroppedQueueFull.ShouldBe(0);
    }

    [Fact]
    public async Task Observer_HearsOfSubscriptionsAndMesh()
    {
        await using var net = new Net("memory");
        var (alice, bob) = (await net.StartAsync(), await net.StartAsync());
        alice.Gossip.Subscribe(Blocks);
        bob.Gossip.Subscribe(Blocks);
        await net.ConnectAsync(alice, bob);
        await TestHosts.UntilAsync(() => alice.Changes.Count >= 2 && bob.Changes.Count >= 2, "told");
        alice.Changes.First().ShouldBe($"{bob.Host.Id} blocks True");
        bob.Gossip.Unsubscribe(Blocks);
        await TestHosts.UntilAsync(() => alice.Changes.Contains($"{bob.Host.Id} blocks False"), "told of the end");
        alice.Gossip.MeshPeers(Blocks).ShouldBeEmpty();
    }

    [Fact]
    public async Task Dispose_StopsEverything()
    {
        await using var net = new Net("memory");
        var (alice, bob) = (await net.StartAsync(), await net.StartAsync());
        bob.Gossip.Subscribe(Blocks);
        await net.ConnectAsync(alice, bob);
        await alice.Gossip.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(10));
        (await alice.Gossip.PublishAsync(Blocks, new byte[1])).Status.ShouldBe(PublishStatus.Stopped);
        alice.Gossip.Statistics.Peers.ShouldBe(0);
    }

    private static async Task ReadToEndAsync(PeerStream stream)
    {
        var buffer = new byte[1000];
        while (await stream.ReadAsync(buffer, TestHosts.Deadline) > 0)
        {
            // What is left of the negotiation comes first.
        }
    }

    private sealed record Arrived(PeerId Author, PeerId Source, string Text);

    private sealed class Node : IMessageHandler, IGossipSubObserver
    {
        public Libp2pHost Host { get; set; } = null!;

        public GossipSubProtocol Gossip { get; set; } = null!;

        public ConcurrentQueue<Arrived> Received { get; } = new();

        public ConcurrentQueue<string> Changes { get; } = new();

        public MessageVerdict Verdict { get; set; }

        public bool Throws { get; set; }

        public MessageVerdict Validate(in GossipMessage message, out object? decoded)
        {
            decoded = message.Id;
            return Throws ? throw new InvalidOperationException("a test's handler") : Verdict;
        }

        public void Receive(in GossipMessage message, object? decoded)
        {
            decoded.ShouldBe(message.Id);
            Received.Enqueue(new Arrived(message.Author, message.Source, Encoding.UTF8.GetString(message.Data.Span)));
        }

        public void SubscriptionChanged(PeerId peer, Topic topic, bool subscribed) => Changes.Enqueue($"{peer} {topic} {subscribed}");

        public void MeshChanged(PeerId peer, Topic topic, MeshChange change) => Changes.Enqueue($"{peer} {topic} {change}");
    }

    private sealed class Net(string transport) : IAsyncDisposable
    {
        private readonly TestHosts _hosts = new(transport);
        private readonly List<Node> _nodes = [];

        public GossipSubOptions Options { get; init; } = new() { HeartbeatInterval = TimeSpan.FromMilliseconds(200) };

        public async Task<Node> StartAsync(bool gossip = true)
        {
            var node = new Node();
            node.Host = await _hosts.StartAsync(prepare: host =>
            {
                if (!gossip) return;
                node.Gossip = new GossipSubProtocol(host.Swarm, Options, node, NullLogger<GossipSubProtocol>.Instance, node);
                host.Add(node.Gossip);
                _nodes.Add(node);
            });
            return node;
        }

        /// <summary>Connects two nodes and waits until each knows the other's subscriptions and they mesh.</summary>
        public async Task ConnectAsync(Node dialer, Node listener)
        {
            await dialer.Host.Swarm.DialAsync(listener.Host.Addresses[0], TestHosts.Deadline);
            await TestHosts.UntilAsync(
                () => listener.Gossip.Topics.All(topic => dialer.Gossip.Subscribers(topic).Contains(listener.Host.Id))
                    && dialer.Gossip.Topics.All(topic => listener.Gossip.Subscribers(topic).Contains(dialer.Host.Id)),
                "subscriptions known");
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var node in _nodes) await node.Gossip.DisposeAsync();
            await _hosts.DisposeAsync();
        }
    }
}
