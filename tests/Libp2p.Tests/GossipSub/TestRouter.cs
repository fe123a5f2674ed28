using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using IppanFleet.Libp2p.Identity;
using IppanFleet.Libp2p.Multiformats;
using IppanFleet.Libp2p.Protobuf;
using IppanFleet.Libp2p.Protocols.GossipSub;

namespace IppanFleet.Libp2p.Tests.GossipSub;

/// <summary>A pure router with a clock of its own and peers whose queues a test reads as RPCs.</summary>
internal sealed class TestRouter
{
    public static readonly Topic Blocks = new("blocks");

    public TestRouter(GossipSubOptions? options = null, int seed = 1)
    {
        Options = options ?? new GossipSubOptions();
        Id = Peer(1_000_000 + seed);
        Router = new Router(Options, Id, new Random(seed)) { IsObserved = true };
    }

    public GossipSubOptions Options { get; }

    public PeerId Id { get; }

    public Router Router { get; }

    public TimeSpan Now { get; private set; } = TimeSpan.FromHours(1);

    /// <summary>A peer id that is never verified: an identity multihash of a made-up key.</summary>
    public static PeerId Peer(int number)
    {
        var key = new byte[36];
        (key[0], key[1], key[2], key[3]) = (8, 1, 0x12, 32);
        BinaryPrimitives.WriteInt32BigEndian(key.AsSpan(4), number);
        return PeerId.FromPublicKey(key);
    }

    /// <summary>A frame of exactly so many bytes.</summary>
    public static byte[] Frame(int size)
    {
        var content = size - 2;
        while (ProtoWriter.SizeOfBytes(RpcFields.Publish, content) > size) content--;
        return SignedMessage.Frame(new byte[content]);
    }

    public static byte[] Utf8(Topic topic) => Encoding.UTF8.GetBytes(topic.Name);

    public static MessageId Id32(int number)
    {
        var bytes = new byte[32];
        BinaryPrimitives.WriteInt32BigEndian(bytes, number);
        return new MessageId(bytes);
    }

    public PeerState Add(int number, bool outbound = false, params Topic[] topics)
    {
        var peer = Router.AddPeer(Peer(number), outbound);
        foreach (var topic in topics) Router.ReceiveSubscription(peer, Utf8(topic), subscribe: true, Now);
        return peer;
    }

    public List<PeerState> AddMany(int count, bool outbound = false, int from = 1) => [.. Enumerable.Range(from, count).Select(i => Add(i, outbound, Blocks))];

    public TopicState Topic(Topic topic)
    {
        Router.TryFindTopic(topic, out var state).ShouldBeTrue();
        return state!;
    }

    public void Graft(PeerState peer, Topic topic) => Router.ReceiveGraft(peer, Utf8(topic), Now);

    public void Prune(PeerState peer, Topic topic, ulong seconds) => Router.ReceivePrune(peer, Utf8(topic), seconds, Now);

    public void IHave(PeerState peer, Topic topic, params MessageId[] ids) =>
        Router.ReceiveIHave(peer, Utf8(topic), List(RpcFields.IHaveIds, ids), Now);

    public void IWant(PeerState peer, params MessageId[] ids) => Router.ReceiveIWant(peer, List(RpcFields.IWantIds, ids));

    public void IDontWant(PeerState peer, params MessageId[] ids) => Router.ReceiveIDontWant(peer, List(RpcFields.IDontWantIds, ids), Now);

    public bool Accept(PeerState source, int id, Topic? topic = null, int size = 100, int author = 500) =>
        Router.Accept(source, Peer(author), (ulong)id, Topic(topic ?? Blocks), Id32(id), Frame(size), Now);

    public void Advance(TimeSpan by) => Now += by;

    public void Heartbeats(int count = 1)
    {
        for (var i = 0; i < count; i++)
        {
            Advance(Options.HeartbeatInterval);
            Router.Heartbeat(Now);
        }
    }

    /// <summary>What waits for a peer, taken from its queue.</summary>
    public static SentParts Take(PeerState peer)
    {
        var parts = new SentParts();
        foreach (var rpc in TakeRpcs(peer))
        {
            var collector = new SentParts.Collector(parts, rpc);
            RpcWalker.Walk(rpc, ref collector).ShouldBe(RpcFault.None);
        }
        return parts;
    }

    public static List<byte[]> TakeRpcs(PeerState peer)
    {
        var rpcs = new List<byte[]>();
        var rpc = new OutboundRpc();
        while (peer.Queue.TryTake(rpc))
        {
            var buffer = rpc.Rent(out var length);
            Varint.TryRead(buffer, out var size, out var prefix).ShouldBe(VarintFault.None);
            ((int)size).ShouldBe(length - prefix);
            rpcs.Add(buffer[prefix..length]);
            ArrayPool<byte>.Shared.Return(buffer);
        }
        return rpcs;
    }

    private static MessageIdList List(int field, MessageId[] ids)
    {
        var output = new ArrayBufferWriter<byte>();
        var writer = new ProtoWriter(output);
        Span<byte> bytes = stackalloc byte[MessageId.MaxSize];
        foreach (var id in ids)
        {
            id.CopyTo(bytes);
            writer.WriteBytes(field, bytes[..id.Length]);
        }
        return new MessageIdList(output.WrittenSpan, field, ids.Length);
    }
}
