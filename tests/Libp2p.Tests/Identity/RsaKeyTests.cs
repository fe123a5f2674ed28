using System.Formats.Asn1;
using System.Numerics;
using IppanFleet.Libp2p.Crypto;
using IppanFleet.Libp2p.Identity;

namespace IppanFleet.Libp2p.Tests.Identity;

/// <summary>What is refused of an RSA key before anything is computed with it.</summary>
[Trait("area", "libp2p")]
[Trait("area", "attack")]
public sealed class RsaKeyTests
{
    private const string RsaObject = "1.2.840.113549.1.1.1";

    [Theory]
    [InlineData(8, KeyFault.RsaTooSmall)]
    [InlineData(1024, KeyFault.RsaTooSmall)]
    [InlineData(2047, KeyFault.RsaTooSmall)]
    [InlineData(2048, KeyFault.None)]
    [InlineData(2049, KeyFault.None)]
    [InlineData(4096, KeyFault.None)]
    [InlineData(8192, KeyFault.None)]
    [InlineData(8193, KeyFault.RsaTooLarge)]
    [InlineData(8200, KeyFault.RsaTooLarge)]
    [InlineData(16_384, KeyFault.RsaTooLarge)]
    [InlineData(4_000_000, KeyFault.RsaTooLarge)]
    public void Read_Size_IsJudged(int bits, KeyFault fault) => Read(Info(Modulus(bits), 65_537)).ShouldBe(fault);

    [Theory]
    [InlineData(-1, KeyFault.Malformed)]
    [InlineData(0, KeyFault.RsaExponent)]
    [InlineData(1, KeyFault.RsaExponent)]
    [InlineData(2, KeyFault.RsaExponent)]
    [InlineData(3, KeyFault.None)]
    [InlineData(65_536, KeyFault.RsaExponent)]
    [InlineData(65_537, KeyFault.None)]
    [InlineData(0x7fff_ffff, KeyFault.None)]
    [InlineData(0x8000_0001, KeyFault.RsaExponent)]
    [InlineData(0x1_0000_0001, KeyFault.RsaExponent)]
    public void Read_Exponent_IsJudged(long exponent, KeyFault fault) => Read(Info(Modulus(2048), exponent)).ShouldBe(fault);

    [Fact]
    public void Read_ExponentAsLongAsTheModulus_IsRefused() => Read(Info(Modulus(2048), Modulus(2047))).ShouldBe(KeyFault.RsaExponent);

    [Fact]
    public void Read_EvenOrNegativeModulus_IsMalformed()
    {
        Read(Info(Modulus(2048) - 1, 65_537)).ShouldBe(KeyFault.Malformed);
        Read(Info(-Modulus(2048), 65_537)).ShouldBe(KeyFault.Malformed);
        Read(Info(0, 65_537)).ShouldBe(KeyFault.Malformed);
    }

    [Theory]
    [InlineData("trailing byte")]
    [InlineData("cut")]
    [InlineData("empty")]
    [InlineData("other algorithm")]
    [InlineData("no parameters")]
    [InlineData("unused bits")]
    [InlineData("third number")]
    [InlineData("long form of a short length")]
    [InlineData("indefinite length")]
    [InlineData("padded number")]
    [InlineData("PKCS#1")]
    public void Read_OtherEncoding_IsMalformed(string what)
    {
        var right = Info(Modulus(2048), 65_537);
        byte[] wrong = what switch
        {
            "trailing byte" => [.. right, 0],
            "cut" => right[..^1],
            "empty" => [],
            "other algorithm" => Info(Modulus(2048), 65_537, algorithm: "1.2.840.113549.1.1.10"),
            "no parameters" => Info(Modulus(2048), 65_537, parameters: false),
            "unused bits" => Info(Modulus(2048), 65_537 - 1, unusedBits: 1),
            "third number" => Info(Modulus(2048), 65_537, third: true),
            "long form of a short length" => [0x30, 0x83, 0, .. right[2..]],
            "indefinite length" => [0x30, 0x80, .. right[4..], 0, 0],
            // The modulus gets one more zero byte in front, and the four lengths around it grow by one.
            "padded number" => [0x30, 0x82, right[2], (byte)(right[3] + 1), .. right[4..21], (byte)(right[21] + 1), .. right[22..23], .. Grown(right)],
            _ => Numbers(Modulus(2048), 65_537, third: false),
        };
        Read(wrong).ShouldBe(KeyFault.Malformed);
    }

    [Fact]
    public void Verify_WithTheLargestKey_TakesItsSignature()
    {
        using var identity = PeerIdentity.Generate(KeyType.Rsa, 8192);
        var signature = identity.Sign("a message"u8);
        signature.Length.ShouldBe(PeerIdentity.MaxSignatureSize);
        identity.PublicKey.Verify("a message"u8, signature).ShouldBeTrue();
        PublicKey.Read(identity.PublicKey.Protobuf, out _).ShouldBe(KeyFault.None);
    }

    [Fact]
    public void Generate_SizeThatPeersRefuse_IsRefused()
    {
        Should.Throw<ArgumentOutOfRangeException>(() => PeerIdentity.Generate(KeyType.Rsa, 1024)).Message.ShouldContain("2048 to 8192 bits");
        Should.Throw<ArgumentOutOfRangeException>(() => PeerIdentity.Generate(KeyType.Rsa, 16_384));
    }

    private static KeyFault Read(byte[] info)
    {
        var fault = PublicKey.Read(KeyProtobuf.Write(KeyType.Rsa, info), out var key);
        (key is null).ShouldBe(fault != KeyFault.None);
        return fault;
    }

    /// <summary>The odd number of that many bits whose middle is zero.</summary>
    private static BigInteger Modulus(int bits) => (BigInteger.One << (bits - 1)) + 1;

    private static byte[] Grown(byte[] right)
    {
        // 23 is the tag of the numbers' sequence behind the bit string's unused-bits byte.
        var rest = right[23..];
        rest.AsSpan().IndexOf((byte)0x30).ShouldBe(1);
        var numbers = rest[1..];
        return [rest[0], 0x30, 0x82, numbers[2], (byte)(numbers[3] + 1), 0x02, 0x82, numbers[6], (byte)(numbers[7] + 1), 0, .. numbers[8..]];
    }

    private static byte[] Info(BigInteger modulus, BigInteger exponent, string algorithm = RsaObject, bool parameters = true, int unusedBits = 0, bool third = false)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier(algorithm);
                if (parameters) writer.WriteNull();
            }
            writer.WriteBitString(Numbers(modulus, exponent, third), unusedBits);
        }
        return writer.Encode();
    }

    private static byte[] Numbers(BigInteger modulus, BigInteger exponent, bool third)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteInteger(modulus);
            writer.WriteInteger(exponent);
            if (third) writer.WriteInteger(1);
        }
        return writer.Encode();
    }
}
