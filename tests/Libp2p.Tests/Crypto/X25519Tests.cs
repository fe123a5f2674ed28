using IppanFleet.Libp2p.Crypto;

namespace IppanFleet.Libp2p.Tests.Crypto;

[Trait("area", "libp2p")]
public sealed class X25519Tests
{
    [Theory]
    [InlineData("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4", "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c", "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552")]
    [InlineData("4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d", "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493", "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957")]
    [InlineData("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a", "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f", "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742")]
    public void Derive_Rfc7748_Agrees(string secret, string point, string shared) => Derive(Convert.FromHexString(secret), Convert.FromHexString(point)).ShouldBe(Convert.FromHexString(shared));

    [Fact]
    public void FromBytes_Rfc7748_MakesThePublicKey()
    {
        using var alice = X25519PrivateKey.FromBytes(Convert.FromHexString("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a"));
        Convert.ToHexStringLower(alice.PublicKey).ShouldBe("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
    }

    [Theory]
    [MemberData(nameof(Iterations))]
    public void Derive_Iterated_AgreesWithRfc7748(int iterations, string result) => Convert.ToHexStringLower(Iterate(iterations)).ShouldBe(result);

    /// <summary>RFC 7748 section 5.2. A million takes minutes: <see cref="LongTests"/> adds it.</summary>
    public static TheoryData<int, string> Iterations()
    {
        var rows = new TheoryData<int, string>
        {
            { 1, "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079" },
            { 1_000, "684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51" },
        };
        if (LongTests.Wanted) rows.Add(1_000_000, "7c3911e0ab2586fd864497297e575e6f3bc601c0883c30df5f4dd2d24f665424");
        return rows;
    }

    [Fact]
    public void Derive_Wycheproof_AgreesAndRefusesZeroSecrets()
    {
        foreach (var (_, test) in VectorFiles.Load("x25519.json").Wycheproof())
        {
            var zero = test.GetProperty("flags").EnumerateArray().Any(flag => flag.GetString() == "ZeroSharedSecret");
            Derive(test.Hex("private"), test.Hex("public")).ShouldBe(zero ? null : test.Hex("shared"), $"test {test.GetProperty("tcId")}");
        }
    }

    [Theory]
    [Trait("area", "attack")]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("0100000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800")]
    [InlineData("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157")]
    [InlineData("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")]
    [InlineData("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")]
    [InlineData("eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")]
    public void Derive_PointOfSmallOrder_IsRefused(string point)
    {
        using var key = X25519PrivateKey.Generate();
        key.TryDerive(Convert.FromHexString(point), new byte[32]).ShouldBeFalse();
    }

    [Theory]
    [InlineData(31, 32)]
    [InlineData(33, 32)]
    [InlineData(32, 31)]
    public void Derive_WrongLengths_IsRefused(int pointSize, int secretSize)
    {
        using var key = X25519PrivateKey.Generate();
        key.TryDerive(new byte[pointSize], new byte[secretSize]).ShouldBeFalse();
        Should.Throw<ArgumentException>(() => X25519PrivateKey.FromBytes(new byte[31]));
    }

    /// <summary>RFC 7748 §5.2: each secret is the next scalar, each scalar the next point.</summary>
    private static byte[] Iterate(int times)
    {
        var scalar = new byte[32];
        scalar[0] = 9;
        var point = scalar;
        for (var i = 0; i < times; i++) (scalar, point) = (Derive(scalar, point)!, scalar);
        return scalar;
    }

    private static byte[]? Derive(byte[] secret, byte[] point)
    {
        using var key = X25519PrivateKey.FromBytes(secret);
        var shared = new byte[32];
        return key.TryDerive(point, shared) ? shared : null;
    }
}
