using System.Net;
using System.Text.Json;
using IppanFleet.Libp2p.Identity;
using IppanFleet.Libp2p.Multiformats;

namespace IppanFleet.Libp2p.Tests.Multiformats;

[Trait("area", "libp2p")]
public sealed class MultiaddrTests
{
    private const string Peer = "12D3KooWCryG7Mon9orvQxcS1rYZjotPgpwoJNHHKcLLfE4Hf5mV";

    [Theory]
    [InlineData("/ip4/127.0.0.1/tcp/4321", "047f0000010610e1")]
    [InlineData("/ip6/2601:9:4f81:9700:803e:ca65:66e8:c21/udp/1234/quic-v1", "29260100094f819700803eca6566e80c21910204d2cd03")]
    [InlineData("/tcp/1234/http/http-path/api%2Fv0%2Flogin", "0604d2e003e1030c6170692f76302f6c6f67696e")]
    [InlineData("/onion/aaimaq4ygg2iegci:80", "bc030010c0439831b48218480050")]
    [InlineData("/ip4/192.0.2.0/ipcidr/24", "04c00002002b18")]
    [InlineData("/udp/1234/webrtc-direct/certhash/uEiDDq4_xNyDorZBH3TlGazyJdOWSwvo4PUo5YHFMrvDE8g", "910204d29802d203221220c3ab8ff13720e8ad9047dd39466b3c8974e592c2fa383d4a3960714caef0c4f2")]
    [InlineData("/unix/run/node.sock", "9003" + "0e" + "2f72756e2f6e6f64652e736f636b")]
    [InlineData("/memory/n1", "8906026e31")]
    public void Parse_TextAndBytes_RoundTrip(string text, string hex)
    {
        var address = Multiaddr.Parse(text);
        Convert.ToHexStringLower(address.Bytes).ShouldBe(hex);
        Multiaddr.TryFromBytes(Convert.FromHexString(hex), out var read).ShouldBeTrue();
        read.ShouldBe(address);
        read!.GetHashCode().ShouldBe(address.GetHashCode());
        read.ToString().ShouldBe(text);
    }

    [Theory]
    [InlineData("", "starts with '/'")]
    [InlineData("ip4/1.2.3.4", "starts with '/'")]
    [InlineData("/", "is no multiaddr")]
    [InlineData("/ip4", "wants a value")]
    [InlineData("/ip4/1.2.3", "'1.2.3' is no value for '/ip4'")]
    [InlineData("/ip4/1.2.3.04", "is no value")]
    [InlineData("/ip4/1.2.3.256", "is no value")]
    [InlineData("/ip6/fe80::1%eth0", "is no value")]
    [InlineData("/ip4/1.2.3.4/tcp/65536", "is no value")]
    [InlineData("/ip4/1.2.3.4/tcp/+1", "is no value")]
    [InlineData("/ip4/1.2.3.4/carrier-pigeon/1", "is no multiaddr protocol known here")]
    [InlineData("/p2p/12D3KooW", "is no value for '/p2p'")]
    [InlineData("/dns4/a\nb/tcp/1", "a\\u000Ab")]
    [InlineData("/dns4/a\u202eb/tcp/1", "a\\u202Eb")]
    [InlineData("/onion/timaq4ygg2iegci7:0", "is no value")]
    [InlineData("/unix", "wants a value")]
    public void Parse_Wrong_SaysWhichPartAndWhy(string text, string reason)
    {
        Multiaddr.TryParse(text, out _, out var error).ShouldBeFalse();
        error.ShouldContain(reason);
        error.Any(char.IsControl).ShouldBeFalse();
        Should.Throw<FormatException>(() => Multiaddr.Parse(text)).Message.ShouldBe(error);
    }

    /// <summary>An address of a remote goes to logs: a name in it may not forge a line or steer a terminal.</summary>
    [Theory]
    [Trait("area", "attack")]
    [InlineData("/dns4/", "a\r\nERROR b")]
    [InlineData("/dns4/", "\u001b[2J")]
    [InlineData("/unix", "/a\u2028b")]
    public void FromBytes_ControlCharacters_AreRefused(string protocol, string value)
    {
        var code = protocol == "/unix" ? new byte[] { 0x90, 0x03 } : [0x36];
        var text = System.Text.Encoding.UTF8.GetBytes(value);
        Multiaddr.TryFromBytes([.. code, (byte)text.Length, .. text], out _).ShouldBeFalse();
    }

    [Fact]
    public void WithPeer_AndWithout_AreInverse()
    {
        var address = Multiaddr.Parse("/ip4/127.0.0.1/tcp/1");
        var id = PeerId.Parse(Peer);
        var full = address.WithPeer(id);
        full.ToString().ShouldBe($"/ip4/127.0.0.1/tcp/1/p2p/{Peer}");
        full.ShouldBe(Multiaddr.Parse(full.ToString()));
        full.PeerId.ShouldBe(id);
        full.WithPeer(id).ShouldBeSameAs(full);
        full.WithoutPeer().ShouldBe(address);
        full.WithoutPeer().Parts.Count.ShouldBe(2);
        address.WithoutPeer().ShouldBeSameAs(address);
        var sha = PeerId.Parse("QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N");
        address.WithPeer(sha).WithoutPeer().ShouldBe(address);
    }

    [Theory]
    [InlineData("127.0.0.1", 80, "/ip4/127.0.0.1/tcp/80")]
    [InlineData("::ffff:10.0.0.1", 80, "/ip4/10.0.0.1/tcp/80")]
    [InlineData("::1", 65535, "/ip6/::1/tcp/65535")]
    [InlineData("fe80::1%3", 1, "/ip6/fe80::1/tcp/1")]
    public void FromEndPoint_AnyFamily_IsAnAddress(string ip, int port, string text)
    {
        var address = Multiaddr.FromEndPoint(new IPEndPoint(IPAddress.Parse(ip), port));
        address.ToString().ShouldBe(text);
        address.TryGetTcpEndPoint(out var endPoint).ShouldBeTrue();
        endPoint!.Port.ShouldBe(port);
    }

    [Fact]
    public void FromBytes_TooLongOrTooManyParts_IsRefused()
    {
        Multiaddr.TryFromBytes([.. Enumerable.Repeat(new byte[] { 6, 0, 1 }, 32).SelectMany(b => b)], out _).ShouldBeTrue();
        Multiaddr.TryFromBytes([.. Enumerable.Repeat(new byte[] { 6, 0, 1 }, 33).SelectMany(b => b)], out _).ShouldBeFalse();
        Multiaddr.TryFromBytes(new byte[Multiaddr.MaxSize + 1], out _).ShouldBeFalse();
        Multiaddr.TryParse("/dns4/" + new string('a', 513), out _, out _).ShouldBeFalse();
        Multiaddr.TryParse(string.Concat(Enumerable.Repeat("/dns4/" + new string('a', 400), 3)), out _, out var error).ShouldBeFalse();
        error.ShouldContain("longer than");
    }

    [Fact]
    public void Vectors_Valid_AreReadAndWritten()
    {
        var vectors = VectorFiles.Load("libp2p-peerids.json").GetProperty("multiaddr");
        foreach (var test in vectors.GetProperty("valid").EnumerateArray())
        {
            var text = test.Text("text");
            Multiaddr.TryParse(text, out var address, out var error).ShouldBeTrue(error);
            address!.Bytes.ToArray().ShouldBe(test.Hex("bytes_hex"), text);
            Multiaddr.TryFromBytes(test.Hex("bytes_hex"), out var read).ShouldBeTrue(text);
            read!.ToString().ShouldBe(test.TryGetProperty("canonical_text", out var canonical) ? canonical.GetString() : text);
        }
        foreach (var text in vectors.GetProperty("valid_text_without_bytes").EnumerateArray().Select(t => t.GetString()!))
        {
            Multiaddr.TryParse(text, out var address, out var error).ShouldBeTrue(error);
            Multiaddr.Parse(address!.ToString()).ShouldBe(address);
        }
    }

    [Fact]
    public void Vectors_Invalid_AreRefused()
    {
        var vectors = VectorFiles.Load("libp2p-peerids.json").GetProperty("multiaddr");
        foreach (var text in vectors.GetProperty("invalid_text").EnumerateArray().Select(t => t.Text("text")))
        {
            // go's memory addresses are numbers; rust's and ours are names.
            if (text == "/memory/92233720368547758081") continue;
            Multiaddr.TryParse(text, out _, out var error).ShouldBeFalse(text);
            error.ShouldNotBeEmpty();
        }
        foreach (var test in vectors.GetProperty("invalid_bytes").EnumerateArray()) Multiaddr.TryFromBytes(test.Hex("bytes_hex"), out _).ShouldBeFalse(test.Text("why"));
        foreach (var protocol in vectors.GetProperty("protocols").EnumerateArray()) CheckTableEntry(protocol);
    }

    private static void CheckTableEntry(JsonElement protocol)
    {
        var name = protocol.Text("name");
        MultiaddrProtocol.TryFind(name, out var ours).ShouldBeTrue(name);
        ours!.Code.ShouldBe(protocol.GetProperty("code").GetInt32(), name);
        var bits = protocol.GetProperty("size_bits").GetInt32();
        ours.Size.ShouldBe(bits < 0 ? -1 : bits / 8, name);
    }
}
