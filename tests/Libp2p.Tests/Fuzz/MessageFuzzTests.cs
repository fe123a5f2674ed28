using System.Buffers;
using System.Text;
using IppanFleet.Libp2p.Identity;
using IppanFleet.Libp2p.Multiformats;
using IppanFleet.Libp2p.Protobuf;
using IppanFleet.Libp2p.Protocols.GossipSub;
using IppanFleet.Libp2p.Protocols.Identify;
using IppanFleet.Libp2p.Security.Noise;
using IppanFleet.Libp2p.Swarm;
using IppanFleet.Libp2p.Tests.GossipSub;

namespace IppanFleet.Libp2p.Tests.Fuzz;

/// <summary>Whole messages: protobuf in general, Identify, the Noise payload, gossip, DNS answers.</summary>
[Trait("area", "libp2p")]
[Trait("area", "attack")]
[Trait("area", "fuzz")]
public sealed class MessageFuzzTests
{
    private static readonly PeerIdentity Identity = PeerIdentity.FromSeed(new byte[32]);
    private static readonly Multiaddr[] Addresses = [Multiaddr.Parse("/ip4/1.2.3.4/tcp/5"), Multiaddr.Parse("/dns4/example.com/tcp/6")];
    private static readonly IdentifyOptions Limits = new() { MaxAddresses = 4, MaxProtocols = 8 };
    private static readonly GossipSubOptions Gossip = new();
    private static readonly byte[] Query = DnsText.Query(7, "_dnsaddr.example.org")!;

    private static byte[] Payload => NoisePayload.Encode(Identity.PublicKey, new byte[64], ["/yamux/1.0.0", "/mplex/6.7.0"]);

    [Fact]
    public Task Protobuf_AnyBytes_AreReadOrRefused() => Fuzzer.RunAsync(new FuzzTarget("protobuf", [Payload, [0x08, 0x96, 0x01, 0x11, .. new byte[8], 0x1d, .. new byte[4], 0x22, 2, 65, 66]], 40, 4, input =>
    {
        var reader = new ProtoReader(input.Span);
        var fields = 0;
        while (reader.TryReadField(out _, out var type))
        {
            fields++;
            if (fields % 3 == 0 && type == WireType.Bytes) reader.TryReadText(50, out _);
            else reader.TrySkip(type);
        }
        if (fields > input.Length) throw new InvalidOperationException("more fields than bytes");
        return new(new FuzzOutcome(reader.Failed ? 1 : 0, fields));
    }));

    [Fact]
    public Task Identify_AnyBytes_AreReadOrRefused() => Fuzzer.RunAsync(new FuzzTarget(
        "identify",
        [IdentifyCodec.Encode(Identity.PublicKey, ["/a", "/b"], Addresses, Addresses[1], PeerRecord.Seal(Identity, 1, Addresses), Limits).ToArray()],
        12_000,
        60,
        input =>
        {
            var fault = IdentifyCodec.Decode(input.Span, Identity.Id, known: null, Limits, out var info);
            return new(new FuzzOutcome((int)fault, (10 * info.Protocols.Count) + info.ListenAddresses.Count));
        })
    {
        Check = static input =>
        {
            IdentifyCodec.Decode(input, Identity.Id, known: null, Limits, out var info);
            info.Peer.ShouldBe(Identity.Id);
            info.Protocols.Count.ShouldBeLessThanOrEqualTo(8);
            info.ListenAddresses.Count.ShouldBeLessThanOrEqualTo(4);
            foreach (var c in info.AgentVersion) char.IsControl(c).ShouldBeFalse();
        },
    });

    [Fact]
    public Task NoisePayload_AnyBytes_AreReadOrRefused() => Fuzzer.RunAsync(new FuzzTarget("noise-payload", [Payload], 500, 60, input =>
    {
        var read = NoisePayload.TryDecode(input.Span, out var payload);
        return new(new FuzzOutcome(read ? 0 : 1, payload.Muxers?.Count ?? -1));
    })
    {
        Check = static input =>
        {
            NoisePayload.TryDecode(input, out var payload);
            (payload.Muxers?.Count ?? 0).ShouldBeLessThanOrEqualTo(16);
        },
    });

    /// <summary>The first visit to an RPC, which decides whether there is a second: it may allocate nothing but the rule that was broken.</summary>
    [Fact]
    public Task GossipRpc_AnyBytes_AreReadOrRefused() => Fuzzer.RunAsync(new FuzzTarget("gossip-rpc", [Rpc()], 400, 0, input =>
    {
        var limits = new RpcLimits(Gossip);
        var fault = RpcWalker.Walk(input.Span, ref limits);
        return new(new FuzzOutcome((int)fault, limits.Messages));
    })
    {
        // What the first visit passed, the second reads to the end.
        Check = static input =>
        {
            var parts = new SentParts();
            var collector = new SentParts.Collector(parts, input);
            RpcWalker.Walk(input, ref collector).ShouldBe(RpcFault.None);
            (parts.Messages.Count + parts.Subscriptions.Count + parts.Grafts.Count + parts.IWants.Count).ShouldBeLessThanOrEqualTo(input.Length);
        },
    });

    [Fact]
    public Task GossipMessage_AnyBytes_AreReadOrRefused() => Fuzzer.RunAsync(new FuzzTarget("gossip-message", [Message("data"u8), Message([])], 200, 0, input =>
    {
        if (!MessageEnvelope.TryRead(input.Span, out var message)) return new(new FuzzOutcome(1, 0));
        if (!SignedMessage.IsComplete(message)) return new(new FuzzOutcome(2, message.Data.Length));
        MessageIds.FromAuthorAndSequenceNumber(new MessageContent { From = message.From, SequenceNumber = message.Sequence, Topic = message.Topic, Data = message.Data });
        return new(new FuzzOutcome(0, message.Key.Length));
    })
    {
        Check = static input =>
        {
            MessageEnvelope.TryRead(input, out var message);
            input.AsSpan(message.DataOffset, message.Data.Length).SequenceEqual(message.Data).ShouldBeTrue();
        },
    });

    /// <summary>Complete messages on their way into libcrypto, whose author, key and signature are anything.</summary>
    [Fact]
    public Task GossipSignature_AnyBytes_AreVerifiedOrRefused() => Fuzzer.RunAsync(new FuzzTarget("gossip-signature", [Message("data"u8), Message([])], 1500, 8, input =>
    {
        if (!MessageEnvelope.TryRead(input.Span, out var message) || !SignedMessage.IsComplete(message)) return new(new FuzzOutcome(1, 0));
        return new(new FuzzOutcome(SignedMessage.Verify(message) ? 0 : 2, message.From.Length));
    })
    {
        Inputs = 100_000,
        Check = static input =>
        {
            MessageEnvelope.TryRead(input, out var message);
            message.From.SequenceEqual(Identity.Id.Bytes).ShouldBeTrue("nobody else signed anything here");
        },
    });

    [Fact]
    public Task DnsAnswer_AnyBytes_AreReadOrRefused() => Fuzzer.RunAsync(new FuzzTarget("dns-answer", [Answer("dnsaddr=/ip4/1.2.3.4/tcp/1"), Answer("a", "bb", new string('x', 300))], 1500, 12, input =>
    {
        var read = DnsText.TryRead(input.Span, Query, max: 8, out var texts);
        return new(new FuzzOutcome(read ? 0 : 1, texts.Count));
    })
    {
        Check = static input =>
        {
            DnsText.TryRead(input, Query, max: 8, out var texts);
            texts.Count.ShouldBeLessThanOrEqualTo(8);
            texts.Sum(text => text.Length).ShouldBeLessThanOrEqualTo(input.Length);
        },
    });

    private static byte[] Message(ReadOnlySpan<byte> data)
    {
        var frame = SignedMessage.Sign(Identity, TestRouter.Blocks, 3, data);
        Varint.TryRead(frame.AsSpan(1), out _, out var prefix);
        return frame[(1 + prefix)..];
    }

    private static byte[] Rpc()
    {
        var topic = new TopicState(TestRouter.Blocks);
        var ids = new[] { TestRouter.Id32(1), TestRouter.Id32(2) };
        var rpc = new ArrayBufferWriter<byte>();
        ControlEncoder.WriteSubscription(new ProtoWriter(rpc), topic, subscribe: true);
        rpc.Write(SignedMessage.Sign(Identity, TestRouter.Blocks, 3, "data"u8));
        var control = new ArrayBufferWriter<byte>();
        ControlEncoder.WriteGraft(new ProtoWriter(control), topic);
        ControlEncoder.WritePrune(new ProtoWriter(control), topic, TimeSpan.FromSeconds(9));
        control.Write(ControlEncoder.IHave(topic, ids, 1000)[0]);
        control.Write(ControlEncoder.IWant(ids, 1000)[0]);
        control.Write(ControlEncoder.IDontWant(ids));
        new ProtoWriter(rpc).WriteBytes(RpcFields.Control, control.WrittenSpan);
        return rpc.WrittenSpan.ToArray();
    }

    private static byte[] Answer(params string[] texts)
    {
        List<byte> answer = [Query[0], Query[1], 0x81, 0x80, 0, 1, 0, (byte)texts.Length, 0, 0, 0, 0, .. Query[12..]];
        foreach (var text in texts)
        {
            List<byte> data = [];
            foreach (var part in text.Chunk(255)) data.AddRange([(byte)part.Length, .. Encoding.ASCII.GetBytes(part)]);
            answer.AddRange([0xc0, 12, 0, 16, 0, 1, 0, 0, 0, 60, (byte)(data.Count >> 8), (byte)data.Count, .. data]);
        }
        return [.. answer];
    }
}
