using IppanFleet.Libp2p.Protobuf;
using IppanFleet.Libp2p.Protocols.GossipSub;

namespace IppanFleet.Libp2p.Tests.GossipSub;

/// <summary>Whole networks of pure routers: what is in one's queues is walked over into the other, byte for byte, without sockets or clocks.</summary>
[Trait("area", "gossipsub")]
public sealed class SimulationTests
{
    [Theory]
    [InlineData(20, true)]
    [InlineData(20, false)]
    [InlineData(60, false)]
    public void Network_DeliversEveryMessageToAll(int size, bool floodPublish)
    {
        var network = new Network(size, degree: 8, new GossipSubOptions { FloodPublish = floodPublish });
        network.Run(heartbeats: 5);
        network.Nodes.ShouldAllBe(node => node.Test.Topic(TestRouter.Blocks).Mesh.Count >= 4 && node.Test.Topic(TestRouter.Blocks).Mesh.Count <= 12);

        for (var i = 0; i < 40; i++)
        {
            network.Publish(i % size, i);
            if (i % 10 == 0) network.Run(heartbeats: 1);
        }
        network.Run(heartbeats: 3);

        foreach (var node in network.Nodes) node.Delivered.Count.ShouldBe(40);
    }

    [Fact]
    public void Meshes_AreMutual_OnceTheNetworkIsQuiet()
    {
        var network = new Network(30, degree: 10, new GossipSubOptions());
        network.Run(heartbeats: 70);
        foreach (var node in network.Nodes)
        {
            foreach (var peer in node.Test.Topic(TestRouter.Blocks).Mesh)
            {
                var other = network.Nodes.Single(candidate => candidate.Test.Id == peer.Id);
                other.Test.Topic(TestRouter.Blocks).Mesh.ShouldContain(back => back.Id == node.Test.Id);
            }
        }
    }

    [Fact]
    public void LostMessage_ComesByGossip()
    {
        var network = new Network(20, degree: 19, new GossipSubOptions { FloodPublish = false });
        network.Run(heartbeats: 3);
        var victim = network.Nodes[7];
        network.LoseMessagesTo = victim;
        network.Publish(0, 1);
        network.Run(heartbeats: 0);
        victim.Delivered.ShouldBeEmpty();
        network.LoseMessagesTo = null;
        network.Run(heartbeats: 4);
        victim.Delivered.Count.ShouldBe(1);
        victim.Test.Router.Counters.Requested.ShouldBeGreaterThan(0);
    }

    private sealed class Node(int number, GossipSubOptions options)
    {
        public TestRouter Test { get; } = new(options, number);

        public HashSet<MessageId> Delivered { get; } = [];
    }

    private sealed class Network
    {
        private readonly List<(Node From, PeerState Link, Node To, PeerState Back)> _links = [];

        public Network(int size, int degree, GossipSubOptions options)
        {
            Nodes = [.. Enumerable.Range(0, size).Select(i => new Node(i, options))];
            var random = new Random(5);
            for (var i = 0; i < size; i++)
            {
                Nodes[i].Test.Router.Subscribe(TestRouter.Blocks, Nodes[i].Test.Now);
                Connect(i, (i + 1) % size);
                while (_links.Count(link => link.From == Nodes[i]) < Math.Min(degree, size - 1)) Connect(i, random.Next(size));
            }
        }

        public List<Node> Nodes { get; }

        public Node? LoseMessagesTo { get; set; }

        public void Publish(int node, int message)
        {
            var test = Nodes[node].Test;
            var output = new System.Buffers.ArrayBufferWriter<byte>();
            new ProtoWriter(output).WriteVarint(99, (ulong)message);
            test.Router.TryPublish(TestRouter.Blocks, TestRouter.Id32(message), SignedMessage.Frame(output.WrittenSpan), test.Now)!.Value.IsPublished.ShouldBeTrue();
            Nodes[node].Delivered.Add(TestRouter.Id32(message));
        }

        public void Run(int heartbeats)
        {
            Deliver();
            for (var i = 0; i < heartbeats; i++)
            {
                foreach (var node in Nodes) node.Test.Heartbeats();
                Deliver();
            }
        }

        private void Connect(int from, int to)
        {
            var (dialer, listener) = (Nodes[from], Nodes[to]);
            if (dialer == listener || _links.Exists(link => link.From == dialer && link.To == listener)) return;
            var link = dialer.Test.Router.AddPeer(listener.Test.Id, isOutbound: true);
            var back = listener.Test.Router.AddPeer(dialer.Test.Id, isOutbound: false);
            _links.Add((dialer, link, listener, back));
            _links.Add((listener, back, dialer, link));
        }

        private void Deliver()
        {
            for (var moved = true; moved;)
            {
                moved = false;
                foreach (var (_, link, to, back) in _links)
                {
                    foreach (var rpc in TestRouter.TakeRpcs(link))
                    {
                        moved = true;
                        rpc.Length.ShouldBeLessThanOrEqualTo(65_536);
                        var limits = new RpcLimits(to.Test.Options);
                        RpcWalker.Walk(rpc, ref limits).ShouldBe(RpcFault.None);
                        var arrival = new Arrival(to, back, rpc, to == LoseMessagesTo);
                        RpcWalker.Walk(rpc, ref arrival).ShouldBe(RpcFault.None);
                    }
                }
            }
        }
    }

    private readonly struct Arrival(Node node, PeerState from, byte[] rpc, bool losesMessages) : IRpcVisitor
    {
        public bool Subscription(ReadOnlySpan<byte> topic, bool subscribe)
        {
            node.Test.Router.ReceiveSubscription(from, topic, subscribe, node.Test.Now);
            return true;
        }

        public bool Message(int offset, int length)
        {
            if (losesMessages) return true;
            var reader = new ProtoReader(rpc.AsSpan(offset, length));
            reader.TryReadField(out _, out _).ShouldBeTrue();
            reader.TryReadVarint(out var number).ShouldBeTrue();
            var id = TestRouter.Id32((int)number);
            var topic = node.Test.Topic(TestRouter.Blocks);
            var author = TestRouter.Peer(9_000_000);
            if (node.Test.Router.IsKnown(id, node.Test.Now)) return true;
            if (node.Test.Router.Accept(from, author, number + 1, topic, id, SignedMessage.Frame(rpc.AsSpan(offset, length)), node.Test.Now)) node.Delivered.Add(id);
            return true;
        }

        public bool Graft(ReadOnlySpan<byte> topic)
        {
            node.Test.Router.ReceiveGraft(from, topic, node.Test.Now);
            return true;
        }

        public bool Prune(ReadOnlySpan<byte> topic, ulong backoff)
        {
            node.Test.Router.ReceivePrune(from, topic, backoff, node.Test.Now);
            return true;
        }

        public bool IHave(ReadOnlySpan<byte> topic, MessageIdList ids)
        {
            node.Test.Router.ReceiveIHave(from, topic, ids, node.Test.Now);
            return true;
        }

        public bool IWant(MessageIdList ids)
        {
            node.Test.Router.ReceiveIWant(from, ids);
            return true;
        }

        public bool IDontWant(MessageIdList ids)
        {
            node.Test.Router.ReceiveIDontWant(from, ids, node.Test.Now);
            return true;
        }
    }
}
