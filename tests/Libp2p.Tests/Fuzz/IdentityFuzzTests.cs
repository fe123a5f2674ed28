using System.Buffers;
using IppanFleet.Libp2p.Identity;
using IppanFleet.Libp2p.Multiformats;
using IppanFleet.Libp2p.Protobuf;
using IppanFleet.Libp2p.Tests.Identity;

namespace IppanFleet.Libp2p.Tests.Fuzz;

/// <summary>Keys, envelopes, peer records.</summary>
[Trait("area", "libp2p")]
[Trait("area", "attack")]
[Trait("area", "fuzz")]
public sealed class IdentityFuzzTests
{
    private const string Domain = "libp2p-peer-record";

    private static readonly PeerIdentity Identity = PeerIdentity.FromSeed(new byte[32]);

    private static readonly byte[] Record = PeerRecord.Seal(Identity, 7, [Multiaddr.Parse("/ip4/1.2.3.4/tcp/5"), Multiaddr.Parse("/dns4/example.com/tcp/6")]);

    private static ReadOnlySpan<byte> RecordType => [0x03, 0x01];

    [Fact]
    public Task PublicKey_AnyBytes_AreReadOrRefused() => Fuzzer.RunAsync(new FuzzTarget("public-key", [Identity.PublicKey.Protobuf.ToArray(), [0x08, 0x00, 0x12, 50, .. new byte[50]], [0x08, 0x02, 0x12, 33, .. new byte[33]], .. ForeignKey.All.Select(key => key.PublicProtobuf)], 3000, 8, input =>
        new(new FuzzOutcome(PublicKey.TryFromProtobuf(input.Span, out var key) ? 0 : 1, key is null ? 0 : (int)key.Type + 1)))
    {
        Check = static input =>
        {
            PublicKey.TryFromProtobuf(input, out var key).ShouldBeTrue();
            key!.Protobuf.SequenceEqual(input).ShouldBeTrue();
            key.Verify("message"u8, new byte[64]).ShouldBeFalse();
        },
    });

    /// <summary>The signatures of key types that are not Ed25519: DER, and RSA's blocks.</summary>
    [Theory]
    [InlineData(KeyType.Rsa, 1_000)]
    [InlineData(KeyType.Secp256k1, 1_000)]
    [InlineData(KeyType.Ecdsa, 1_000)]
    public Task Signature_AnyBytes_IsJudged(KeyType type, int inputs)
    {
        var foreign = ForeignKey.All.First(key => key.Type == type);
        PublicKey.TryFromProtobuf(foreign.PublicProtobuf, out var key).ShouldBeTrue();
        return Fuzzer.RunAsync(new FuzzTarget($"signature-{type.ToString().ToLowerInvariant()}", [foreign.Signature], 20_000, 8, input =>
            new(new FuzzOutcome(key!.Verify(ForeignKey.Message, input.Span) ? 0 : 1, 0)))
        {
            Inputs = inputs,
            Check = input => input.ShouldBe(foreign.Signature),
        });
    }

    [Fact]
    public Task PrivateKey_AnyBytes_AreReadOrRefused() => Fuzzer.RunAsync(new FuzzTarget("private-key", [PrivateKey(legacy: false), PrivateKey(legacy: true), ForeignKey.Of("secp256k1").PrivateProtobuf], 8000, 8, input =>
    {
        var read = PeerIdentity.TryFromProtobuf(input.Span, out var identity);
        identity?.Dispose();
        return new(new FuzzOutcome(read ? 0 : 1, 0));
    })
    {
        Inputs = 100_000,
        LongestInput = 160,
    });

    [Fact]
    public Task SignedEnvelope_AnyBytes_AreReadOrRefused() => Fuzzer.RunAsync(new FuzzTarget("signed-envelope", [Record, SignedEnvelope.Seal(Identity, Domain, RecordType, [])], 2000, 8, input =>
        new(new FuzzOutcome(SignedEnvelope.TryOpen(input.Span, Domain, RecordType, out _, out var payload) ? 0 : 1, payload.Length)))
    {
        Inputs = 100_000,
        Check = static input =>
        {
            SignedEnvelope.TryOpen(input, Domain, RecordType, out var signer, out _).ShouldBeTrue();
            signer!.Id.ShouldBe(Identity.Id, "nobody else signed anything here");
        },
    });

    /// <summary>The signer itself is hostile: what it signs is right, what it says is anything.</summary>
    [Fact]
    public Task PeerRecord_AnySignedPayload_IsReadOrRefused()
    {
        SignedEnvelope.TryOpen(Record, Domain, RecordType, out _, out var payload).ShouldBeTrue();
        return Fuzzer.RunAsync(new FuzzTarget("peer-record", [payload.ToArray()], 9000, 80, input =>
        {
            var read = PeerRecord.TryOpen(SignedEnvelope.Seal(Identity, Domain, RecordType, input.Span), 8, out var record);
            return new(new FuzzOutcome(read ? 0 : 1, record?.Addresses.Count ?? 0));
        })
        {
            Inputs = 30_000,
            Check = static input =>
            {
                PeerRecord.TryOpen(SignedEnvelope.Seal(Identity, Domain, RecordType, input), 8, out var record).ShouldBeTrue();
                record!.Peer.ShouldBe(Identity.Id);
                record.Addresses.Count.ShouldBeLessThanOrEqualTo(8);
            },
        });
    }

    private static byte[] PrivateKey(bool legacy)
    {
        var key = Identity.PublicKey.Data;
        var output = new ArrayBufferWriter<byte>();
        var writer = new ProtoWriter(output);
        writer.WriteVarint(1, (ulong)KeyType.Ed25519);
        writer.WriteBytes(2, [.. new byte[32], .. key, .. legacy ? key : []]);
        return output.WrittenSpan.ToArray();
    }
}
