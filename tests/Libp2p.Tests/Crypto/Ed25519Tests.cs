using System.Numerics;
using IppanFleet.Libp2p.Crypto;

namespace IppanFleet.Libp2p.Tests.Crypto;

[Trait("area", "libp2p")]
public sealed class Ed25519Tests
{
    private static readonly BigInteger GroupOrder = BigInteger.Pow(2, 252) + BigInteger.Parse("27742317777372353535851937790883648493");

    [Theory]
    [InlineData(
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b")]
    [InlineData(
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00")]
    public void SignAndVerify_Rfc8032_Agree(string seed, string publicKey, string message, string signature) =>
        CheckKeyPair(Convert.FromHexString(seed), Convert.FromHexString(publicKey), Convert.FromHexString(message), Convert.FromHexString(signature));

    [Fact]
    public void SignAndVerify_AllOfRfc8032_Agree()
    {
        foreach (var test in VectorFiles.Load("ed25519.json").GetProperty("rfc8032").EnumerateArray())
        {
            CheckKeyPair(test.Hex("secret_key_hex"), test.Hex("public_key_hex"), test.Hex("message_hex"), test.Hex("signature_hex"));
        }
    }

    [Fact]
    public void Verify_Wycheproof_Agrees()
    {
        foreach (var (group, test) in VectorFiles.Load("ed25519.json").Wycheproof())
        {
            var valid = Ed25519.Verify(group.GetProperty("publicKey").Hex("pk"), test.Hex("msg"), test.Hex("sig"));
            valid.ShouldBe(test.Text("result") == "valid", $"test {test.GetProperty("tcId")}: {test.Text("comment")}");
        }
    }

    /// <summary>The edge cases on which implementations disagree (https://eprint.iacr.org/2020/1244): we take what a strict verifier takes, and nothing else.</summary>
    [Fact]
    public void Verify_SpecCheck_TakesWhatAStrictVerifierTakes()
    {
        foreach (var test in VectorFiles.Load("ed25519.json").GetProperty("speccheck").EnumerateArray())
        {
            var strict = test.GetProperty("accepted_by").GetProperty("Dalek strict").GetBoolean();
            Ed25519.Verify(test.Hex("pub_key"), test.Hex("message"), test.Hex("signature")).ShouldBe(strict, $"case {test.GetProperty("index")}");
        }
    }

    [Fact]
    [Trait("area", "attack")]
    public void Verify_AnyByteFlipped_IsFalse()
    {
        using var key = Ed25519PrivateKey.FromSeed(Bytes(1));
        var publicKey = key.PublicKey.ToArray();
        var message = Bytes(2);
        var signature = key.Sign(message);
        foreach (var part in new[] { publicKey, message, signature })
        {
            for (var i = 0; i < part.Length; i++)
            {
                for (var bit = 0; bit < 8; bit++)
                {
                    part[i] ^= (byte)(1 << bit);
                    Ed25519.Verify(publicKey, message, signature).ShouldBeFalse();
                    part[i] ^= (byte)(1 << bit);
                }
            }
        }
        Ed25519.Verify(publicKey, message, signature).ShouldBeTrue();
    }

    [Fact]
    [Trait("area", "attack")]
    public void Verify_ScalarAtOrAboveTheGroupOrder_IsFalse()
    {
        using var key = Ed25519PrivateKey.FromSeed(Bytes(3));
        var signature = key.Sign("hello"u8);
        for (var scalar = new BigInteger(signature.AsSpan(32), isUnsigned: true) + GroupOrder; scalar < BigInteger.Pow(2, 256); scalar += GroupOrder)
        {
            var malleable = signature.ToArray();
            malleable.AsSpan(32).Clear();
            scalar.TryWriteBytes(malleable.AsSpan(32), out _, isUnsigned: true).ShouldBeTrue();
            Ed25519.Verify(key.PublicKey, "hello"u8, malleable).ShouldBeFalse();
        }
    }

    /// <summary>With a key of small order one signature fits many messages: whoever takes such keys lets anybody sign as them.</summary>
    [Theory]
    [Trait("area", "attack")]
    [InlineData("0100000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("0100000000000000000000000000000000000000000000000000000000000080")]
    [InlineData("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000080")]
    [InlineData("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")]
    [InlineData("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85")]
    [InlineData("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a")]
    [InlineData("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa")]
    [InlineData("eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")]
    [InlineData("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")]
    [InlineData("ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff")]
    public void Verify_KeyOrPointOfSmallOrderOrNotCanonical_IsFalse(string point)
    {
        var encoded = Convert.FromHexString(point);
        Ed25519.IsAcceptablePoint(encoded).ShouldBeFalse();
        using var key = Ed25519PrivateKey.FromSeed(Bytes(4));
        for (var i = 0; i < 64; i++)
        {
            Ed25519.Verify(encoded, [(byte)i], [.. encoded, .. new byte[32]]).ShouldBeFalse();
            Ed25519.Verify(key.PublicKey, [(byte)i], [.. encoded, .. new byte[32]]).ShouldBeFalse();
        }
    }

    [Fact]
    [Trait("area", "attack")]
    public void Verify_SmallOrderKey_WouldPassWithoutTheCheck()
    {
        var neutral = Convert.FromHexString("0100000000000000000000000000000000000000000000000000000000000000");
        using var key = LibCrypto.EVP_PKEY_new_raw_public_key(LibCrypto.Ed25519, 0, neutral, 32);

        Ed25519.Verify(key, "any message"u8, [.. neutral, .. new byte[32]]).ShouldBeTrue("the backend itself takes the forgery");
        Ed25519.Verify(neutral, "any message"u8, [.. neutral, .. new byte[32]]).ShouldBeFalse();
    }

    [Theory]
    [InlineData(0, 64)]
    [InlineData(31, 64)]
    [InlineData(33, 64)]
    [InlineData(32, 0)]
    [InlineData(32, 63)]
    [InlineData(32, 65)]
    public void Verify_WrongLengths_IsFalse(int keySize, int signatureSize) => Ed25519.Verify(new byte[keySize], "x"u8, new byte[signatureSize]).ShouldBeFalse();

    [Fact]
    public void FromSeed_WrongLength_Throws()
    {
        Should.Throw<ArgumentException>(() => Ed25519PrivateKey.FromSeed(new byte[31]));
        Should.Throw<ArgumentException>(() => Ed25519PrivateKey.FromSeed(new byte[64]));
    }

    private static void CheckKeyPair(byte[] seed, byte[] publicKey, byte[] message, byte[] signature)
    {
        using var key = Ed25519PrivateKey.FromSeed(seed);
        key.PublicKey.ToArray().ShouldBe(publicKey);
        key.Sign(message).ShouldBe(signature);
        Ed25519.Verify(publicKey, message, signature).ShouldBeTrue();
        Ed25519.Verify(publicKey, [.. message, 0], signature).ShouldBeFalse();
    }

    private static byte[] Bytes(int seed)
    {
        var bytes = new byte[32];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
