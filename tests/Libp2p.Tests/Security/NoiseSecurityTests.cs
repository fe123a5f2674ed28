using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using IppanFleet.Libp2p.Crypto;
using IppanFleet.Libp2p.Identity;
using IppanFleet.Libp2p.Protobuf;
using IppanFleet.Libp2p.Security;
using IppanFleet.Libp2p.Security.Noise;
using IppanFleet.Libp2p.Tests.Identity;
using IppanFleet.Libp2p.Transports.Memory;

namespace IppanFleet.Libp2p.Tests.Security;

/// <summary>The libp2p side of Noise: identities, signatures, early muxers, both roles.</summary>
[Trait("area", "libp2p")]
public sealed class NoiseSecurityTests
{
    private static readonly string[] Yamux = ["/yamux/1.0.0"];

    [Fact]
    public async Task Upgrade_TwoHosts_KnowEachOtherAndTalk()
    {
        using PeerIdentity alice = PeerIdentity.Generate(), bob = PeerIdentity.Generate();
        var (near, far) = await PairAsync(alice, bob, bob.Id);

        near.RemoteKey.Id.ShouldBe(bob.Id);
        far.RemoteKey.Id.ShouldBe(alice.Id);
        near.Muxer.ShouldBe("/yamux/1.0.0");
        far.Muxer.ShouldBe("/yamux/1.0.0");
        await near.Channel.WriteAsync("hello"u8.ToArray());
        (await far.Channel.ReadExactlyAsync(5)).ShouldBe("hello"u8.ToArray());
    }

    [Theory]
    [InlineData("a,b", "b,a", "a")]
    [InlineData("a,b", "b", "b")]
    [InlineData("", "a", null)]
    [InlineData("a", "", null)]
    [InlineData("", "", null)]
    public async Task Upgrade_MuxersOfBoth_TheInitiatorsFirstWins(string initiators, string responders, string? expected)
    {
        using PeerIdentity alice = PeerIdentity.Generate(), bob = PeerIdentity.Generate();
        var (near, far) = await PairAsync(alice, bob, null, Split(initiators), Split(responders));
        near.Muxer.ShouldBe(expected);
        far.Muxer.ShouldBe(expected);
    }

    [Fact]
    public async Task Upgrade_NoMuxerInCommon_FailsAtBothEnds()
    {
        using PeerIdentity alice = PeerIdentity.Generate(), bob = PeerIdentity.Generate();
        var (a, b) = MemoryChannel.CreatePair();
        using NoiseSecurity near = new(alice), far = new(bob);
        var dial = near.UpgradeAsync(a, initiator: true, null, ["a"], TestHosts.Deadline).AsTask();
        var listen = far.UpgradeAsync(b, initiator: false, null, ["b\n"], TestHosts.Deadline).AsTask();
        (await Should.ThrowAsync<ChannelException>(dial)).Rule!.ShouldBe("Noise: no muxer in common (the remote has b\\u000A)");
        (await Should.ThrowAsync<ChannelException>(listen)).Rule!.ShouldContain("no muxer in common");
    }

    [Fact]
    public async Task Upgrade_AnotherPeerThanDialed_IsRefusedInsideTheHandshake()
    {
        using PeerIdentity alice = PeerIdentity.Generate(), bob = PeerIdentity.Generate(), carol = PeerIdentity.Generate();
        var (a, b) = MemoryChannel.CreatePair();
        using NoiseSecurity near = new(alice), far = new(bob);
        var listen = far.UpgradeAsync(b, initiator: false, null, Yamux, TestHosts.Deadline).AsTask();
        var refused = await Should.ThrowAsync<WrongPeerException>(near.UpgradeAsync(a, initiator: true, carol.Id, Yamux, TestHosts.Deadline).AsTask());
        refused.Actual.ShouldBe(bob.Id);
        a.Abort();
        await Should.ThrowAsync<ChannelException>(listen);
    }

    public static TheoryData<string, string?> Payloads => new()
    {
        { "right", null },
        { "unknown fields", null },
        { "no extensions", null },
        { "unknown extension", null },
        { "empty", "the identity key is malformed" },
        { "no key", "the identity key is malformed" },
        { "malformed key", "the identity key is malformed" },
        { "no signature", "signature over the static key is wrong" },
        { "empty signature", "signature over the static key is wrong" },
        { "short signature", "signature over the static key is wrong" },
        { "tampered signature", "signature over the static key is wrong" },
        { "other key's signature", "signature over the static key is wrong" },
        { "other domain", "signature over the static key is wrong" },
        { "other static key", "signature over the static key is wrong" },
        { "another peer's key", "signature over the static key is wrong" },
        { "secp256k1 off the curve", "the identity key is malformed" },
        { "secp256k1", "the identity's Secp256k1 signature over the static key is wrong" },
        { "RSA of 1024 bits", "is RSA of less than 2048 bits" },
        { "RSA of 8200 bits", "is RSA of more than 8192 bits" },
        { "ECDSA over another curve", "is ECDSA in another form than an uncompressed point of P-256, P-384 or P-521" },
        { "no protobuf", "is no protobuf" },
        { "malformed extensions", "is no protobuf" },
        { "17 muxers", "is no protobuf" },
        { "129 byte muxer", "is no protobuf" },
    };

    [Theory]
    [Trait("area", "attack")]
    [MemberData(nameof(Payloads))]
    public Task Upgrade_InitiatorTells_IsJudged(string told, string? rule) => CheckAsync(told, rule, initiator: true);

    [Theory]
    [Trait("area", "attack")]
    [MemberData(nameof(Payloads))]
    public Task Upgrade_ResponderTells_IsJudged(string told, string? rule) => CheckAsync(told, rule, initiator: false);

    [Theory]
    [Trait("area", "attack")]
    [InlineData(new byte[] { 0xff, 0xff }, ChannelFault.LimitExceeded)]
    [InlineData(new byte[] { 0x10, 0x01 }, ChannelFault.LimitExceeded)]
    [InlineData(new byte[] { 0, 0 }, ChannelFault.ProtocolViolation)]
    [InlineData(new byte[] { 0, 31, 1 }, ChannelFault.Truncated)]
    [InlineData(new byte[] { 0 }, ChannelFault.Truncated)]
    [InlineData(new byte[0], ChannelFault.Truncated)]
    public async Task Upgrade_FirstMessageOfWrongSize_IsRefused(byte[] sent, ChannelFault fault)
    {
        using var bob = PeerIdentity.Generate();
        using var security = new NoiseSecurity(bob);
        var (a, b) = MemoryChannel.CreatePair();
        await a.WriteAsync(sent);
        await a.CloseWriteAsync();
        (await Should.ThrowAsync<ChannelException>(security.UpgradeAsync(b, initiator: false, null, Yamux, TestHosts.Deadline).AsTask())).Fault.ShouldBe(fault);
    }

    /// <summary>We are one side with a handshake of our own making; the other side is the real one.</summary>
    private static async Task CheckAsync(string told, string? rule, bool initiator)
    {
        using PeerIdentity me = PeerIdentity.Generate(), other = PeerIdentity.Generate(), victim = PeerIdentity.Generate();
        using X25519PrivateKey staticKey = X25519PrivateKey.Generate(), ephemeral = X25519PrivateKey.Generate(), another = X25519PrivateKey.Generate();
        using var real = new NoiseSecurity(victim);
        using var handshake = new NoiseHandshake(initiator, staticKey, ephemeral, []);
        var payload = Payload(told, me, other, staticKey, another);
        var (ours, theirs) = MemoryChannel.CreatePair();
        var upgrade = real.UpgradeAsync(theirs, !initiator, null, Yamux, TestHosts.Deadline).AsTask();
        if (initiator)
        {
            await SendAsync(ours, handshake, []);
            await ReceiveAsync(ours, handshake);
            await SendAsync(ours, handshake, payload);
        }
        else
        {
            await ReceiveAsync(ours, handshake);
            await SendAsync(ours, handshake, payload);
        }
        if (rule is null)
        {
            (await upgrade).RemoteKey.Id.ShouldBe(me.Id);
            return;
        }
        var refused = await Should.ThrowAsync<ChannelException>(upgrade);
        refused.Fault.ShouldBe(ChannelFault.ProtocolViolation);
        refused.Rule!.ShouldContain(rule);
    }

    private static byte[] Payload(string told, PeerIdentity me, PeerIdentity other, X25519PrivateKey staticKey, X25519PrivateKey another)
    {
        byte[] Signed(PeerIdentity signer, X25519PrivateKey key, string domain = "noise-libp2p-static-key:") => signer.Sign([.. System.Text.Encoding.ASCII.GetBytes(domain), .. key.PublicKey]);
        var right = Signed(me, staticKey);
        var tampered = right.ToArray();
        tampered[40] ^= 1;
        var key = me.PublicKey.Protobuf.ToArray();
        return told switch
        {
            "right" => NoisePayload.Encode(me.PublicKey, right, Yamux),
            "unknown fields" => [.. Fields((1, key), (2, right), (3, [9, 9]), (99, [1])), 0x28, 5, 0x35, 1, 2, 3, 4],
            "no extensions" => Fields((1, key), (2, right)),
            "unknown extension" => Fields((1, key), (2, right), (4, Fields((1, new byte[40]), (2, "/yamux/1.0.0"u8.ToArray()), (7, [1])))),
            "empty" => [],
            "no key" => Fields((2, right)),
            "malformed key" => Fields((1, key[..^1]), (2, right)),
            "no signature" => Fields((1, key)),
            "empty signature" => Fields((1, key), (2, [])),
            "short signature" => Fields((1, key), (2, right[..63])),
            "tampered signature" => Fields((1, key), (2, tampered)),
            "other key's signature" => Fields((1, key), (2, Signed(other, staticKey))),
            "other domain" => Fields((1, key), (2, Signed(me, staticKey, "libp2p-tls-handshake:"))),
            "other static key" => Fields((1, key), (2, Signed(me, another))),
            "another peer's key" => Fields((1, other.PublicKey.Protobuf.ToArray()), (2, right)),
            "secp256k1 off the curve" => Fields((1, [0x08, 0x02, 0x12, 33, .. new byte[33]]), (2, right)),
            "secp256k1" => Fields((1, ForeignKey.Of("secp256k1").PublicProtobuf), (2, right)),
            "RSA of 1024 bits" => Fields((1, RsaKey(1024)), (2, right)),
            "RSA of 8200 bits" => Fields((1, RsaKey(8200)), (2, right)),
            "ECDSA over another curve" => Fields((1, KeyProtobuf.Write(KeyType.Ecdsa, EllipticInfo())), (2, right)),
            "no protobuf" => [.. Fields((1, key), (2, right)), 0x07],
            "malformed extensions" => Fields((1, key), (2, right), (4, [0x12, 0x50])),
            "17 muxers" => Fields((1, key), (2, right), (4, Fields([.. Enumerable.Range(0, 17).Select(i => (2, (byte[])[(byte)('a' + i)]))]))),
            "129 byte muxer" => Fields((1, key), (2, right), (4, Fields((2, new byte[129])))),
            _ => throw new ArgumentOutOfRangeException(nameof(told)),
        };
    }

    private static byte[] RsaKey(int bits)
    {
        using var pair = RSA.Create(new RSAParameters { Modulus = [0x80, .. new byte[(bits / 8) - 2], 1], Exponent = [1, 0, 1] });
        return KeyProtobuf.Write(KeyType.Rsa, pair.ExportSubjectPublicKeyInfo());
    }

    private static byte[] EllipticInfo()
    {
        using var pair = ECDsa.Create(ECCurve.NamedCurves.brainpoolP256r1);
        return pair.ExportSubjectPublicKeyInfo();
    }

    /// <summary>Each side of another type than the other, both ways.</summary>
    [Theory]
    [InlineData(KeyType.Ed25519, KeyType.Rsa)]
    [InlineData(KeyType.Rsa, KeyType.Secp256k1)]
    [InlineData(KeyType.Secp256k1, KeyType.Ecdsa)]
    [InlineData(KeyType.Ecdsa, KeyType.Ed25519)]
    public async Task Upgrade_IdentitiesOfAnyType_KnowEachOther(KeyType dialing, KeyType listening)
    {
        using PeerIdentity alice = PeerIdentity.Generate(dialing), bob = PeerIdentity.Generate(listening);
        using NoiseSecurity near = new(alice), far = new(bob);
        var (a, b) = MemoryChannel.CreatePair();
        var listen = far.UpgradeAsync(b, initiator: false, null, Yamux, TestHosts.Deadline).AsTask();
        (await near.UpgradeAsync(a, initiator: true, bob.Id, Yamux, TestHosts.Deadline)).RemoteKey.Id.ShouldBe(bob.Id);
        (await listen).RemoteKey.Id.ShouldBe(alice.Id);
    }

    [Fact]
    public async Task Upgrade_LargestRsaIdentity_FitsTheHandshake()
    {
        using PeerIdentity alice = PeerIdentity.Generate(KeyType.Rsa, 8192), bob = PeerIdentity.Generate();
        using NoiseSecurity near = new(alice), far = new(bob);
        var (a, b) = MemoryChannel.CreatePair();
        var listen = far.UpgradeAsync(b, initiator: false, alice.Id, Yamux, TestHosts.Deadline).AsTask();
        await near.UpgradeAsync(a, initiator: true, bob.Id, Yamux, TestHosts.Deadline);
        (await listen).RemoteKey.Id.ShouldBe(alice.Id);
    }

    private static byte[] Fields(params (int Field, byte[] Value)[] fields)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var writer = new ProtoWriter(buffer);
        foreach (var (field, value) in fields) writer.WriteBytes(field, value);
        return buffer.WrittenSpan.ToArray();
    }

    private static async Task SendAsync(ByteChannel channel, NoiseHandshake handshake, byte[] payload)
    {
        var output = new byte[payload.Length + 130];
        handshake.TryWrite(payload, output.AsSpan(2), out var size).ShouldBeTrue();
        BinaryPrimitives.WriteUInt16BigEndian(output, (ushort)size);
        await channel.WriteAsync(output.AsMemory(0, size + 2));
    }

    private static async Task ReceiveAsync(ByteChannel channel, NoiseHandshake handshake)
    {
        var size = BinaryPrimitives.ReadUInt16BigEndian(await channel.ReadExactlyAsync(2));
        var message = await channel.ReadExactlyAsync(size);
        handshake.Read(message, new byte[size], out _).ShouldBe(NoiseFault.None);
    }

    private static async Task<(SecuredChannel Near, SecuredChannel Far)> PairAsync(PeerIdentity alice, PeerIdentity bob, PeerId? expected, string[]? nearMuxers = null, string[]? farMuxers = null)
    {
        var (a, b) = MemoryChannel.CreatePair();
        using NoiseSecurity near = new(alice), far = new(bob);
        var listen = far.UpgradeAsync(b, initiator: false, null, farMuxers ?? Yamux, TestHosts.Deadline).AsTask();
        return (await near.UpgradeAsync(a, initiator: true, expected, nearMuxers ?? Yamux, TestHosts.Deadline), await listen);
    }

    private static string[] Split(string list) => list.Split(',', StringSplitOptions.RemoveEmptyEntries);
}
