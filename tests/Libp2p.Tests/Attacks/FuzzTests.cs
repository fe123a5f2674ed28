using IppanFleet.Libp2p.Identity;
using IppanFleet.Libp2p.Multiformats;
using IppanFleet.Libp2p.Protobuf;
using IppanFleet.Libp2p.Protocols.Identify;
using IppanFleet.Libp2p.Security.Noise;
using IppanFleet.Libp2p.Tests.Identity;

namespace IppanFleet.Libp2p.Tests.Attacks;

/// <summary>Every decoder of remote bytes against 100,000 seeded inputs, half of them mutations of something right: no exception, and no more memory than the input can account for.</summary>
[Trait("area", "libp2p")]
[Trait("area", "attack")]
public sealed class FuzzTests
{
    private const int Inputs = 100_000;
    private const int LongestInput = 200;

    private static readonly PeerIdentity Identity = PeerIdentity.FromSeed(new byte[32]);

    private static readonly byte[][] Addresses =
    [
        Multiaddr.Parse($"/ip4/127.0.0.1/tcp/4001/p2p/{Identity.Id}").Bytes.ToArray(),
        Multiaddr.Parse("/ip6/::1/udp/1/quic-v1/webtransport/certhash/uEiDDq4_xNyDorZBH3TlGazyJdOWSwvo4PUo5YHFMrvDE8g").Bytes.ToArray(),
        Multiaddr.Parse("/dns4/example.com/tcp/443/tls/sni/example.com/ws/http-path/a%2Fb").Bytes.ToArray(),
        Multiaddr.Parse("/unix/run/node.sock").Bytes.ToArray(),
        Multiaddr.Parse("/onion3/vww6ybal4bd7szmgncyruucpgfkqahzddi37ktceo3ah7ngmcopnpyyd:80").Bytes.ToArray(),
    ];

    [Fact]
    public void Varint_AnyBytes_AreReadOrRefused() => Fuzz([[0x80, 0x01], [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]], 0, input =>
    {
        if (Varint.TryRead(input, out var value, out var consumed) != VarintFault.None) return;
        Span<byte> again = stackalloc byte[Varint.MaxSize];
        again[..Varint.Write(again, value)].SequenceEqual(input.AsSpan(0, consumed)).ShouldBeTrue();
    });

    [Fact]
    public void PeerId_AnyBytes_AreReadOrRefused() => Fuzz([Identity.Id.Bytes.ToArray(), [0x12, 32, .. new byte[32]]], 200, input =>
    {
        if (PeerId.TryFromBytes(input, out var id)) id.Bytes.SequenceEqual(input).ShouldBeTrue();
    });

    [Fact]
    public void PeerId_AnyText_IsReadOrRefused() => Fuzz(
        [.. new[] { Identity.Id.ToString(), "QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N", "bafzbeie5745rpv2m6tjyuugywy4d5ewrqgqqhfnf445he3omzpjbx5xqxe", "k51qzi5uqu5dhb6l8spkdx7yxafegfkee5by8h7lmjh2ehc2sgg34z7c15vzqs" }
            .Select(System.Text.Encoding.Latin1.GetBytes)],
        40_000,
        input =>
        {
            if (PeerId.TryParse(System.Text.Encoding.Latin1.GetString(input), out var id)) PeerId.Parse(id.ToString()).ShouldBe(id);
        });

    [Fact]
    public void Multiaddr_AnyBytes_AreReadOrRefused() => Fuzz(Addresses, 4000, input =>
    {
        if (!Multiaddr.TryFromBytes(input, out var address)) return;
        address.Bytes.SequenceEqual(input).ShouldBeTrue();
        address.ToString().Any(char.IsControl).ShouldBeFalse();
    });

    [Fact]
    public void Multiaddr_AnyText_IsReadOrRefused() => Fuzz([.. Addresses.Select(a => System.Text.Encoding.UTF8.GetBytes(Read(a).ToString()))], 40_000, input =>
    {
        if (!Multiaddr.TryParse(System.Text.Encoding.UTF8.GetString(input), out var address, out var error)) error.Any(char.IsControl).ShouldBeFalse();
        else Multiaddr.Parse(address.ToString()).ShouldBe(address);
    });

    [Fact]
    public void Protobuf_AnyBytes_AreReadOrRefused() => Fuzz([NoisePayload.Encode(Identity.PublicKey, new byte[64], ["/yamux/1.0.0"])], 1000, input =>
    {
        var reader = new ProtoReader(input);
        var fields = 0;
        while (reader.TryReadField(out _, out var type))
        {
            fields++;
            if (fields % 3 == 0 && type == WireType.Bytes) reader.TryReadText(50, out _);
            else reader.TrySkip(type);
        }
        fields.ShouldBeLessThanOrEqualTo(input.Length);
    });

    [Fact]
    public void Keys_AnyBytes_AreReadOrRefused() => Fuzz([Identity.PublicKey.Protobuf.ToArray(), [0x08, 0x00, 0x12, 50, .. new byte[50]], .. ForeignKey.All.Select(key => key.PublicProtobuf)], 3000, input =>
    {
        if (PublicKey.TryFromProtobuf(input, out var key)) key.Protobuf.SequenceEqual(input).ShouldBeTrue();
    });

    [Fact]
    public void Signatures_AnyBytes_AreJudged()
    {
        foreach (var foreign in ForeignKey.All)
        {
            PublicKey.TryFromProtobuf(foreign.PublicProtobuf, out var key).ShouldBeTrue();
            Fuzz([foreign.Signature], 20_000, input => key!.Verify(ForeignKey.Message, input).ShouldBe(input.AsSpan().SequenceEqual(foreign.Signature)), inputs: 1_000);
        }
    }

    [Fact]
    public void NoisePayload_AnyBytes_AreReadOrRefused() => Fuzz([NoisePayload.Encode(Identity.PublicKey, new byte[64], ["/yamux/1.0.0", "/mplex/6.7.0"])], 16_000, input =>
    {
        if (NoisePayload.TryDecode(input, out var payload)) (payload.Muxers?.Count ?? 0).ShouldBeLessThanOrEqualTo(16);
    });

    [Fact]
    public void Identify_AnyBytes_AreReadOrRefused()
    {
        var options = new IdentifyOptions { MaxAddresses = 4, MaxProtocols = 8 };
        var right = IdentifyCodec.Encode(Identity.PublicKey, ["/a", "/b"], [Read(Addresses[0])], Read(Addresses[1]), PeerRecord.Seal(Identity, 1, [Read(Addresses[0])]), options).ToArray();
        Fuzz([right], 40_000, input =>
        {
            if (IdentifyCodec.Decode(input, Identity.Id, known: null, options, out var info) != IdentifyFault.None) return;
            info.Peer.ShouldBe(Identity.Id);
            info.Protocols.Count.ShouldBeLessThanOrEqualTo(8);
            info.ListenAddresses.Count.ShouldBeLessThanOrEqualTo(4);
            info.AgentVersion.Any(char.IsControl).ShouldBeFalse();
        });
    }

    private static Multiaddr Read(byte[] bytes) => Multiaddr.TryFromBytes(bytes, out var address) ? address : throw new InvalidOperationException("a right address");

    /// <summary>Runs <paramref name="decode"/> on every input; none may allocate more than <paramref name="bound"/> bytes.</summary>
    private static void Fuzz(byte[][] right, long bound, Action<byte[]> decode, int inputs = Inputs)
    {
        var random = new Random(12345);
        decode(right[0]);
        for (var i = 0; i < inputs; i++)
        {
            byte[] input;
            if (i % 2 == 0)
            {
                input = new byte[random.Next(LongestInput)];
                random.NextBytes(input);
                // Small values make more of the inputs well-formed for a while.
                if (i % 4 == 0) input.AsSpan().Replace((byte)0xff, (byte)0x01);
            }
            else
            {
                var model = right[random.Next(right.Length)];
                input = random.Next(3) switch { 0 => model[..random.Next(model.Length + 1)], 1 => [.. model, .. model], _ => model.ToArray() };
                for (var flips = random.Next(1, 4); flips > 0 && input.Length > 0; flips--) input[random.Next(input.Length)] = (byte)random.Next(256);
            }
            // What the check itself takes is small; a first use of something, or a collection in between, may count for more, once.
            if (AllocatedBy(decode, input) > bound + 4096 && AllocatedBy(decode, input) is var again && again > bound + 4096) Assert.Fail($"{Convert.ToHexString(input)} took {again} bytes twice");
        }
    }

    private static long AllocatedBy(Action<byte[]> decode, byte[] input)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            decode(input);
        }
        catch (Exception e) when (e is not Shouldly.ShouldAssertException)
        {
            Assert.Fail($"{Convert.ToHexString(input)}: {e}");
        }
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
