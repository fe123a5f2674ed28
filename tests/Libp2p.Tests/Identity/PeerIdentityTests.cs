using System.Formats.Asn1;
using System.Numerics;
using System.Security.Cryptography;
using IppanFleet.Libp2p.Identity;
using IppanFleet.Libp2p.Multiformats;

namespace IppanFleet.Libp2p.Tests.Identity;

[Trait("area", "libp2p")]
public sealed class PeerIdentityTests
{
    private static readonly BigInteger HalfOrder = BigInteger.Parse("07fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0", System.Globalization.NumberStyles.HexNumber, null);

    public static TheoryData<KeyType> Types => [KeyType.Ed25519, KeyType.Rsa, KeyType.Secp256k1, KeyType.Ecdsa];

    public static TheoryData<string> Names => [.. ForeignKey.All.Select(key => key.Name)];

    [Theory]
    [MemberData(nameof(Types))]
    public void Generated_AnyType_SignsAndSurvivesItsProtobuf(KeyType type)
    {
        using var identity = PeerIdentity.Generate(type);
        identity.PublicKey.Type.ShouldBe(type);
        var protobuf = identity.ToProtobuf();
        PeerIdentity.TryFromProtobuf(protobuf, out var again).ShouldBeTrue();
        using (again)
        {
            again!.Id.ShouldBe(identity.Id);
            again.ToProtobuf().ShouldBe(protobuf);
            identity.PublicKey.Verify("a message"u8, again.Sign("a message"u8)).ShouldBeTrue();
            identity.PublicKey.Verify("another"u8, again.Sign("a message"u8)).ShouldBeFalse();
            identity.PublicKey.Verify([], again.Sign([])).ShouldBeTrue();
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Sign_FromManyThreads_IsAlwaysRight(KeyType type)
    {
        using var identity = PeerIdentity.Generate(type);
        Parallel.For(0, 100, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i =>
        {
            byte[] message = [(byte)i, 1, 2, 3];
            identity.PublicKey.Verify(message, identity.Sign(message)).ShouldBeTrue();
        });
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Protobuf_OfAnotherImplementation_IsReadAndWrittenAlike(string name)
    {
        var foreign = ForeignKey.Of(name);
        PeerIdentity.TryFromProtobuf(foreign.PrivateProtobuf, out var identity).ShouldBeTrue();
        using (identity)
        {
            identity!.PublicKey.Protobuf.ToArray().ShouldBe(foreign.PublicProtobuf);
            identity.ToProtobuf().ShouldBe(foreign.PrivateProtobuf);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Protobuf_Damaged_IsRefusedOrAnotherUsableKey(string name)
    {
        var right = ForeignKey.Of(name).PrivateProtobuf;
        for (var i = 0; i < right.Length; i += name == "RSA" ? 7 : 1)
        {
            var damaged = right.ToArray();
            damaged[i] ^= 0x10;
            if (!PeerIdentity.TryFromProtobuf(damaged, out var identity)) continue;
            using (identity) identity.PublicKey.Verify("x"u8, identity.Sign("x"u8)).ShouldBeTrue($"byte {i}");
        }
        foreach (var wrong in new[] { right[..^1], [.. right, 0], right[..4], right[..2], [] }) PeerIdentity.TryFromProtobuf(wrong, out _).ShouldBeFalse();
    }

    [Theory]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000", false)]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000001", true)]
    [InlineData("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140", true)]
    [InlineData("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141", false)]
    [InlineData("ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", false)]
    [InlineData("01", false)]
    public void Secp256k1_SecretOutOfRange_IsRefused(string secret, bool valid)
    {
        PeerIdentity.TryFromProtobuf(KeyProtobuf.Write(KeyType.Secp256k1, Convert.FromHexString(secret)), out var identity).ShouldBe(valid);
        identity?.Dispose();
    }

    /// <summary>js- and rust-libp2p refuse the higher of the two valid S.</summary>
    [Fact]
    public void Secp256k1_Signatures_HaveTheLowerS()
    {
        using var identity = PeerIdentity.Generate(KeyType.Secp256k1);
        for (var i = 0; i < 40; i++)
        {
            var body = new AsnReader(identity.Sign([(byte)i]), AsnEncodingRules.DER).ReadSequence();
            body.ReadInteger();
            body.ReadInteger().ShouldBeLessThanOrEqualTo(HalfOrder);
        }
    }

    [Fact]
    public void Ecdsa_Pkcs8_IsReadAndWrittenAsSec1()
    {
        var foreign = ForeignKey.Of("P-384");
        using var pair = ECDsa.Create();
        pair.ImportECPrivateKey(Convert.FromHexString(foreign.PrivateHex), out _);
        PeerIdentity.TryFromProtobuf(KeyProtobuf.Write(KeyType.Ecdsa, pair.ExportPkcs8PrivateKey()), out var identity).ShouldBeTrue();
        using (identity) identity!.ToProtobuf().ShouldBe(foreign.PrivateProtobuf);
    }

    [Fact]
    public void Ecdsa_Secp256k1KeyInEcdsaClothes_IsRefused()
    {
        using var pair = ECDsa.Create(ECCurve.CreateFromValue("1.3.132.0.10"));
        PeerIdentity.TryFromProtobuf(KeyProtobuf.Write(KeyType.Ecdsa, pair.ExportECPrivateKey()), out _).ShouldBeFalse();
    }

    [Fact]
    public void Rsa_SmallKey_IsRefused()
    {
        using var pair = RSA.Create(1024);
        PeerIdentity.TryFromProtobuf(KeyProtobuf.Write(KeyType.Rsa, pair.ExportRSAPrivateKey()), out _).ShouldBeFalse();
    }

    [Fact]
    public void Key_OfAnotherTypeThanEd25519_IsRefusedByName()
    {
        using var identity = PeerIdentity.Generate(KeyType.Ecdsa);
        Should.Throw<InvalidOperationException>(() => identity.Key).Message.ShouldContain("of type Ecdsa");
    }

    [Fact]
    public void Ed25519_Sign_AllocatesTheSignatureAlone()
    {
        using var identity = PeerIdentity.Generate();
        var message = new byte[100];
        identity.Sign(message);
        var before = GC.GetAllocatedBytesForCurrentThread();
        identity.Sign(message);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThanOrEqualTo(64 + 24);
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void PeerRecord_OfAnyType_OpensAndBreaksWithAnyByte(KeyType type)
    {
        using PeerIdentity identity = PeerIdentity.Generate(type), other = PeerIdentity.Generate(type);
        var envelope = PeerRecord.Seal(identity, 7, [Multiaddr.Parse("/ip4/192.0.2.1/tcp/4001")]);
        PeerRecord.TryOpen(envelope, 8, out var record).ShouldBeTrue();
        record!.Peer.ShouldBe(identity.Id);
        record.Addresses.ShouldHaveSingleItem();
        for (var i = 0; i < envelope.Length; i++)
        {
            var changed = envelope.ToArray();
            changed[i] ^= 4;
            PeerRecord.TryOpen(changed, 8, out _).ShouldBeFalse($"byte {i}");
        }
        var forged = PeerRecord.Seal(other, 8, []);
        PeerRecord.TryOpen(forged, 8, out var theirs).ShouldBeTrue();
        theirs!.Peer.ShouldBe(other.Id);
    }
}
