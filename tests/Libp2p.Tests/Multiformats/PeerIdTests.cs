using IppanFleet.Libp2p.Identity;

namespace IppanFleet.Libp2p.Tests.Multiformats;

[Trait("area", "libp2p")]
public sealed class PeerIdTests
{
    private const string PublicKeyHex = "080112201ed1e8fae2c4a144b8be8fd4b47bf3d3b34b871c3cacf6010f0e42d474fce27e";
    private const string PrivateKeyHex = "080112407e0830617c4a7de83925dfb2694556b12936c477a0e1feb2e148ec9da60fee7d1ed1e8fae2c4a144b8be8fd4b47bf3d3b34b871c3cacf6010f0e42d474fce27e";

    [Theory]
    [InlineData("12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5SA", "12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5SA")]
    [InlineData("QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N", "QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N")]
    [InlineData("bafzbeie5745rpv2m6tjyuugywy4d5ewrqgqqhfnf445he3omzpjbx5xqxe", "QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N")]
    [InlineData("k51qzi5uqu5dhb6l8spkdx7yxafegfkee5by8h7lmjh2ehc2sgg34z7c15vzqs", "12D3KooWCryG7Mon9orvQxcS1rYZjotPgpwoJNHHKcLLfE4Hf5mV")]
    public void Parse_FormsOfTheSpecification_ShowAsBase58(string text, string base58) => PeerId.Parse(text).ToString().ShouldBe(base58);

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("1")]
    [InlineData("Qm")]
    [InlineData("b")]
    [InlineData("k")]
    [InlineData("12D3KooWCryG7Mon9orvQxcS1rYZjotPgpwoJNHHKcLLfE4Hf5m")]
    [InlineData("12D3KooWCryG7Mon9orvQxcS1rYZjotPgpwoJNHHKcLLfE4Hf5mV ")]
    [InlineData("12D3KooWCryG7Mon9orvQxcS1rYZjotPgpwoJNHHKcLLfE4Hf5mV1111111111111111111111111111111111111111111111111111111111111111111111111111111")]
    [InlineData("?unknownmultibase")]
    [InlineData("12D3KooWCryG7Mon9orvQxcS1rYZjotPgpwoJNHHKcLLfE4Hf5mé")]
    [InlineData("Qmé\uffff")]
    [InlineData("zé")]
    public void Parse_NoPeerId_IsRefusedWithAReason(string text)
    {
        PeerId.TryParse(text, out _).ShouldBeFalse();
        Should.Throw<FormatException>(() => PeerId.Parse(text)).Message.ShouldContain("is no peer id");
    }

    [Fact]
    public void Strings_Vectors_Agree()
    {
        foreach (var test in VectorFiles.Load("libp2p-peerids.json").GetProperty("peer_id_strings").EnumerateArray())
        {
            var valid = test.GetProperty("valid").GetBoolean();
            PeerId.TryParse(test.Text("text"), out var id).ShouldBe(valid, test.Text("text"));
            if (!valid) continue;
            id!.Bytes.ToArray().ShouldBe(test.Hex("multihash_hex"));
            id.ToString().ShouldBe(test.Text("base58"));
        }
    }

    [Fact]
    public void Multihashes_Vectors_Agree()
    {
        foreach (var test in VectorFiles.Load("libp2p-peerids.json").GetProperty("multihashes").EnumerateArray())
        {
            PeerId.TryFromBytes(test.Hex("multihash_hex"), out _).ShouldBe(test.GetProperty("valid").GetBoolean(), test.Text("why"));
        }
    }

    [Fact]
    public void Keys_Vectors_MakeTheirPeerIds()
    {
        var vectors = VectorFiles.Load("libp2p-peerids.json");
        foreach (var test in vectors.GetProperty("keys").EnumerateArray())
        {
            var protobuf = test.Hex("public_key_protobuf_hex");
            PublicKey.TryFromProtobuf(protobuf, out var key).ShouldBeTrue(test.Text("key_type"));
            key!.Type.ToString().ShouldBe(test.Text("key_type"), StringCompareShould.IgnoreCase);
            key.Protobuf.ToArray().ShouldBe(protobuf);
            var expected = test.GetProperty("peer_id");
            key.Id.Bytes.ToArray().ShouldBe(expected.Hex("multihash_hex"));
            foreach (var form in new[] { "base58", "cid_base32", "cid_base36", "cid_base58btc" }) PeerId.Parse(expected.Text(form)).ShouldBe(key.Id);
            key.Id.ToString().ShouldBe(expected.Text("base58"));
            PeerIdentity.TryFromProtobuf(test.Hex("private_key_protobuf_hex"), out var identity).ShouldBeTrue(test.Text("key_type"));
            identity!.PublicKey.Protobuf.ToArray().ShouldBe(protobuf);
            identity.ToProtobuf().ShouldBe(test.Hex("private_key_protobuf_hex"));
            key.Verify("a message"u8, identity.Sign("a message"u8)).ShouldBeTrue();
            identity.Dispose();
        }
        foreach (var test in vectors.GetProperty("ed25519_peer_ids").EnumerateArray())
        {
            using var identity = PeerIdentity.FromSeed(test.Hex("seed_hex"));
            identity.PublicKey.Protobuf.ToArray().ShouldBe(test.Hex("public_key_protobuf_hex"));
            identity.Id.ToString().ShouldBe(test.GetProperty("peer_id").Text("base58"));
        }
        foreach (var test in vectors.GetProperty("public_key_protobuf").EnumerateArray())
        {
            PublicKey.TryFromProtobuf(test.Hex("hex"), out _).ShouldBe(test.GetProperty("valid").GetBoolean(), test.Text("hex"));
        }
        foreach (var test in vectors.GetProperty("private_key_protobuf").EnumerateArray())
        {
            PeerIdentity.TryFromProtobuf(test.Hex("hex"), out var identity).ShouldBe(test.GetProperty("valid").GetBoolean(), test.Text("why"));
            identity?.Dispose();
        }
    }

    [Fact]
    public void PublicKey_EveryOtherEncodingOfTheSameKey_IsRefused()
    {
        PublicKey.TryFromProtobuf(Convert.FromHexString(PublicKeyHex), out var key).ShouldBeTrue();
        key!.Type.ShouldBe(KeyType.Ed25519);
        foreach (var other in new[]
        {
            "12201ed1e8fae2c4a144b8be8fd4b47bf3d3b34b871c3cacf6010f0e42d474fce27e0801",
            "08810012201ed1e8fae2c4a144b8be8fd4b47bf3d3b34b871c3cacf6010f0e42d474fce27e",
            "080112a0001ed1e8fae2c4a144b8be8fd4b47bf3d3b34b871c3cacf6010f0e42d474fce27e",
            PublicKeyHex + "1800",
            PublicKeyHex[..^2],
            "0804" + PublicKeyHex[4..],
        }) PublicKey.TryFromProtobuf(Convert.FromHexString(other), out _).ShouldBeFalse(other);
    }

    [Fact]
    public void PrivateKey_PublicHalfOfAnother_IsRefused()
    {
        var bytes = Convert.FromHexString(PrivateKeyHex);
        PeerIdentity.TryFromProtobuf(bytes, out var identity).ShouldBeTrue();
        Convert.ToHexStringLower(identity!.PublicKey.Protobuf).ShouldBe(PublicKeyHex);
        identity.ToString().ShouldBe(identity.Id.ToString());
        identity.Dispose();
        bytes[^1] ^= 1;
        PeerIdentity.TryFromProtobuf(bytes, out _).ShouldBeFalse();
    }

    /// <summary>These values are addresses of existing fleets: they may never change.</summary>
    [Theory]
    [InlineData("000102030405060708090a0b0c0d0e0f", "silo-1/node-1", "12D3KooWJu5kQXZs2crmc4Poi7mDhaBuoELZAjaWqNd7w2Pn2Ttx")]
    [InlineData("000102030405060708090a0b0c0d0e0f", "silo-1/node-2", "12D3KooWELpR2eAWiEujyjcZhCizv5N67vvARhGh7GpW7zrVabC7")]
    [InlineData("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", "silo-1/node-1", "12D3KooWA7pLzdZxxRPv9VoX8Tniygxfkb9Sh4nbfBLLhriJVwRY")]
    public void Derive_SecretAndName_AlwaysMakeTheSamePeer(string secret, string name, string peer)
    {
        using var identity = PeerIdentity.Derive(Convert.FromHexString(secret), name);
        identity.Id.ToString().ShouldBe(peer);
    }

    [Fact]
    public void Derive_ShortSecret_IsRefused() => Should.Throw<ArgumentException>(() => PeerIdentity.Derive(new byte[15], "x")).Message.ShouldContain("16 bytes");

    [Fact]
    public void Order_IsThatOfTheBytes()
    {
        var ids = Enumerable.Range(0, 20).Select(_ => PeerIdentity.Generate().Id).Order().ToList();
        for (var i = 1; i < ids.Count; i++) ids[i - 1].Bytes.SequenceCompareTo(ids[i].Bytes).ShouldBeLessThan(0);
        PeerId.Parse(ids[0].ToString()).ShouldBe(ids[0]);
        (PeerId.Parse(ids[0].ToString()) == ids[0]).ShouldBeTrue();
        (ids[0] != ids[1]).ShouldBeTrue();
    }
}
