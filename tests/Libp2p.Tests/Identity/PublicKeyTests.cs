using System.Formats.Asn1;
using System.Numerics;
using System.Security.Cryptography;
using IppanFleet.Libp2p.Crypto;
using IppanFleet.Libp2p.Identity;

namespace IppanFleet.Libp2p.Tests.Identity;

[Trait("area", "libp2p")]
public sealed class PublicKeyTests
{
    private static readonly BigInteger Order = BigInteger.Parse("0fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141", System.Globalization.NumberStyles.HexNumber, null);

    public static TheoryData<string> Names => [.. ForeignKey.All.Select(key => key.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Verify_SignatureOfAnotherImplementation_IsTrue(string name)
    {
        var foreign = ForeignKey.Of(name);
        PublicKey.Read(foreign.PublicProtobuf, out var key).ShouldBe(KeyFault.None);
        key!.Type.ShouldBe(foreign.Type);
        key.Protobuf.ToArray().ShouldBe(foreign.PublicProtobuf);
        key.Verify(ForeignKey.Message, foreign.Signature).ShouldBeTrue();
    }

    [Theory]
    [Trait("area", "attack")]
    [MemberData(nameof(Names))]
    public void Verify_AnyByteChanged_IsFalse(string name)
    {
        var foreign = ForeignKey.Of(name);
        PublicKey.TryFromProtobuf(foreign.PublicProtobuf, out var key).ShouldBeTrue();
        for (var i = 0; i < foreign.Signature.Length; i++) key!.Verify(ForeignKey.Message, Changed(foreign.Signature, i)).ShouldBeFalse($"byte {i} of the signature");
        for (var i = 0; i < ForeignKey.Message.Length; i++) key!.Verify(Changed(ForeignKey.Message, i), foreign.Signature).ShouldBeFalse($"byte {i} of the message");
        for (var i = 0; i < foreign.PublicProtobuf.Length; i++)
        {
            if (PublicKey.TryFromProtobuf(Changed(foreign.PublicProtobuf, i), out var other)) other.Verify(ForeignKey.Message, foreign.Signature).ShouldBeFalse($"byte {i} of the key");
        }
    }

    [Theory]
    [Trait("area", "attack")]
    [MemberData(nameof(Names))]
    public void Verify_MalformedSignature_IsFalse(string name)
    {
        var foreign = ForeignKey.Of(name);
        PublicKey.TryFromProtobuf(foreign.PublicProtobuf, out var key).ShouldBeTrue();
        byte[][] malformed = [[], [0x30], [0x30, 0x00], [0x30, 0x80, 0x00, 0x00], [.. foreign.Signature, 0], foreign.Signature[..^1], [0, .. foreign.Signature], new byte[64], new byte[256], new byte[5000]];
        foreach (var signature in malformed) key!.Verify(ForeignKey.Message, signature).ShouldBeFalse(Convert.ToHexString(signature));
    }

    /// <summary>Encodings of the same two numbers that BER allows and DER does not, and numbers out of range.</summary>
    [Theory]
    [Trait("area", "attack")]
    [InlineData("P-256")]
    [InlineData("P-384")]
    [InlineData("P-521")]
    [InlineData("secp256k1")]
    public void Verify_OtherEncodingOfTheSignature_IsFalse(string name)
    {
        var foreign = ForeignKey.Of(name);
        PublicKey.TryFromProtobuf(foreign.PublicProtobuf, out var key).ShouldBeTrue();
        var (r, s) = Numbers(foreign.Signature);
        key!.Verify(ForeignKey.Message, Encoded(r, s)).ShouldBeTrue();
        var body = new AsnReader(foreign.Signature, AsnEncodingRules.DER).ReadSequence();
        byte[] first = body.ReadEncodedValue().ToArray(), second = body.ReadEncodedValue().ToArray();
        byte[] padded = [0x02, (byte)(first[1] + 1), 0, .. first[2..]];
        byte[][] wrong =
        [
            [0x30, 0x80, .. first, .. second, 0, 0],
            [0x30, 0x82, 0, (byte)(first.Length + second.Length), .. first, .. second],
            [.. foreign.Signature[..^(first.Length + second.Length + 1)], (byte)(padded.Length + second.Length), .. padded, .. second],
            Encoded(0, s), Encoded(r, 0), Encoded(0, 0), Encoded(1, 1), Encoded(-r, s), Encoded(r, -s), Encoded(r + BigInteger.Pow(2, 600), s), Encoded(s, r),
            [.. r.ToByteArray(isUnsigned: true, isBigEndian: true), .. s.ToByteArray(isUnsigned: true, isBigEndian: true)],
        ];
        foreach (var signature in wrong) key.Verify(ForeignKey.Message, signature).ShouldBeFalse(Convert.ToHexString(signature));
    }

    [Fact]
    public void Secp256k1_HighS_IsTakenAsGoTakesIt()
    {
        var foreign = ForeignKey.Of("secp256k1");
        PublicKey.TryFromProtobuf(foreign.PublicProtobuf, out var key).ShouldBeTrue();
        var (r, s) = Numbers(foreign.Signature);
        key!.Verify(ForeignKey.Message, Encoded(r, Order - s)).ShouldBeTrue();
        key.Verify(ForeignKey.Message, Encoded(r, Order + s)).ShouldBeFalse();
    }

    [Fact]
    public void Secp256k1_UncompressedPoint_IsTheSamePeer()
    {
        var foreign = ForeignKey.Of("secp256k1");
        using var pair = ECDsa.Create(new ECParameters { Curve = ECCurve.CreateFromValue("1.3.132.0.10"), D = Convert.FromHexString(foreign.PrivateHex) });
        var point = EllipticCurve.Secp256k1.PointOf(pair);
        PublicKey.Read(KeyProtobuf.Write(KeyType.Secp256k1, point), out var key).ShouldBe(KeyFault.None);
        key!.Id.ToString().ShouldBe("16Uiu2HAmBurq6C39B3v7sY9kJVyUUCYXQWG7FnyLxHVbka5cDgNN");
        key.Protobuf.ToArray().ShouldBe(foreign.PublicProtobuf);
        key.Verify(ForeignKey.Message, foreign.Signature).ShouldBeTrue();
        point[0] = (byte)(6 | (point[^1] & 1));
        PublicKey.Read(KeyProtobuf.Write(KeyType.Secp256k1, point), out _).ShouldBe(KeyFault.Malformed);
        point[0] = 4;
        point[^1] ^= 2;
        PublicKey.Read(KeyProtobuf.Write(KeyType.Secp256k1, point), out _).ShouldBe(KeyFault.Malformed);
    }

    [Theory]
    [Trait("area", "attack")]
    [InlineData("")]
    [InlineData("00")]
    [InlineData("000000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("020000000000000000000000000000000000000000000000000000000000000005")]
    [InlineData("02fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f")]
    [InlineData("02fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc30")]
    [InlineData("05f4f385841e4eb4fae631cdbf1d847904fcdb93837b5a9efe0549514200e9d2a3")]
    [InlineData("f4f385841e4eb4fae631cdbf1d847904fcdb93837b5a9efe0549514200e9d2a3")]
    [InlineData("02f4f385841e4eb4fae631cdbf1d847904fcdb93837b5a9efe0549514200e9d2a300")]
    public void Secp256k1_NoPointOfTheCurve_IsMalformed(string point) => PublicKey.Read(KeyProtobuf.Write(KeyType.Secp256k1, Convert.FromHexString(point)), out _).ShouldBe(KeyFault.Malformed);

    [Theory]
    [Trait("area", "attack")]
    [InlineData("P-256")]
    [InlineData("P-384")]
    [InlineData("P-521")]
    public void Ecdsa_PointOffTheCurve_VerifiesNothing(string name)
    {
        var foreign = ForeignKey.Of(name);
        var info = foreign.PublicData;
        info[^1] ^= 1;
        PublicKey.TryFromProtobuf(KeyProtobuf.Write(KeyType.Ecdsa, info), out var key).ShouldBeTrue();
        key!.Verify(ForeignKey.Message, foreign.Signature).ShouldBeFalse();
        info.AsSpan(^((info.Length - EllipticCurve.OfInfo(info, out _)!.InfoHead.Length) - 1)..).Clear();
        PublicKey.TryFromProtobuf(KeyProtobuf.Write(KeyType.Ecdsa, info), out key).ShouldBeTrue();
        key!.Verify(ForeignKey.Message, foreign.Signature).ShouldBeFalse();
    }

    [Fact]
    [Trait("area", "attack")]
    public void Ecdsa_OtherCurvesAndForms_AreRefused()
    {
        using var bitcoin = ECDsa.Create(ECCurve.CreateFromValue("1.3.132.0.10"));
        using var brainpool = ECDsa.Create(ECCurve.NamedCurves.brainpoolP256r1);
        var right = ForeignKey.Of("P-256").PublicData;
        byte[] compressed = [0x30, 0x39, .. right[2..24], 0x22, 0x00, 0x02, .. right[27..59]];
        foreach (var info in new[] { bitcoin.ExportSubjectPublicKeyInfo(), brainpool.ExportSubjectPublicKeyInfo(), compressed, right[..^1], [.. right, 0], [], ForeignKey.Of("RSA").PublicData, right[26..] })
        {
            PublicKey.Read(KeyProtobuf.Write(KeyType.Ecdsa, info), out _).ShouldBe(KeyFault.EcdsaCurve);
        }
        PublicKey.Read(KeyProtobuf.Write(KeyType.Rsa, right), out _).ShouldBe(KeyFault.Malformed);
    }

    /// <summary>No machine of ours lacks a curve; what would be told on one that does.</summary>
    [Theory]
    [InlineData(KeyFault.Secp256k1Missing, "is of type secp256k1, which this machine's libcrypto lacks")]
    [InlineData(KeyFault.EcdsaMissing, "is ECDSA over a curve that this machine's libcrypto lacks")]
    public void Explain_MissingCurve_NamesTheType(KeyFault fault, string words) => fault.Explain().ShouldBe(words);

    private static byte[] Changed(byte[] bytes, int at)
    {
        var changed = bytes.ToArray();
        changed[at] ^= 1;
        return changed;
    }

    private static (BigInteger R, BigInteger S) Numbers(byte[] signature)
    {
        var body = new AsnReader(signature, AsnEncodingRules.DER).ReadSequence();
        return (body.ReadInteger(), body.ReadInteger());
    }

    private static byte[] Encoded(BigInteger r, BigInteger s)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteInteger(r);
            writer.WriteInteger(s);
        }
        return writer.Encode();
    }
}
