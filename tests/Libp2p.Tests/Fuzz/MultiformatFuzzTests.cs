using System.Text;
using IppanFleet.Libp2p.Identity;
using IppanFleet.Libp2p.Multiformats;

namespace IppanFleet.Libp2p.Tests.Fuzz;

/// <summary>Varints, multihashes, multiaddresses: what all other formats are made of.</summary>
[Trait("area", "libp2p")]
[Trait("area", "attack")]
[Trait("area", "fuzz")]
public sealed class MultiformatFuzzTests
{
    private static readonly PeerIdentity Identity = PeerIdentity.FromSeed(new byte[32]);

    private static readonly Multiaddr[] Addresses =
    [
        Multiaddr.Parse($"/ip4/127.0.0.1/tcp/4001/p2p/{Identity.Id}"),
        Multiaddr.Parse("/ip6/::1/udp/1/quic-v1/webtransport/certhash/uEiDDq4_xNyDorZBH3TlGazyJdOWSwvo4PUo5YHFMrvDE8g"),
        Multiaddr.Parse("/ip6zone/eth0/ip6/fe80::1/tcp/1"),
        Multiaddr.Parse("/dns4/example.com/tcp/443/tls/sni/example.com/ws/http-path/a%2Fb"),
        Multiaddr.Parse("/unix/run/node.sock"),
        Multiaddr.Parse("/onion3/vww6ybal4bd7szmgncyruucpgfkqahzddi37ktceo3ah7ngmcopnpyyd:80"),
    ];

    [Fact]
    public Task Varint_AnyBytes_AreReadOrRefused() => Fuzzer.RunAsync(new FuzzTarget("varint", [[0x80, 0x01], [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]], 0, 0, input =>
    {
        var fault = Varint.TryRead(input.Span, out _, out var consumed);
        return new(new FuzzOutcome((int)fault, consumed));
    })
    {
        LongestInput = 40,
        Check = static input =>
        {
            Varint.TryRead(input, out var value, out var consumed);
            Span<byte> again = stackalloc byte[Varint.MaxSize];
            again[..Varint.Write(again, value)].SequenceEqual(input.AsSpan(0, consumed)).ShouldBeTrue();
            Varint.SizeOf(value).ShouldBe(consumed);
        },
    });

    [Fact]
    public Task Multihash_AnyBytes_AreReadOrRefused() => Fuzzer.RunAsync(new FuzzTarget("multihash", [Identity.Id.Bytes.ToArray(), [0x12, 32, .. new byte[32]], [0, 1, 7]], 200, 0, input =>
        new(new FuzzOutcome(PeerId.TryFromBytes(input.Span, out var id) ? 0 : 1, id?.Bytes.Length ?? 0)))
    {
        LongestInput = 100,
        Check = static input => PeerId.TryFromBytes(input, out var id).ShouldBe(id!.Bytes.SequenceEqual(input)),
    });

    [Fact]
    public Task PeerId_AnyText_IsReadOrRefused() => Fuzzer.RunAsync(new FuzzTarget(
        "peer-id-text",
        [.. new[] { Identity.Id.ToString(), "QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N", "bafzbeie5745rpv2m6tjyuugywy4d5ewrqgqqhfnf445he3omzpjbx5xqxe", "k51qzi5uqu5dhb6l8spkdx7yxafegfkee5by8h7lmjh2ehc2sgg34z7c15vzqs" }.Select(Encoding.Latin1.GetBytes)],
        24_000,
        0,
        input => new(new FuzzOutcome(PeerId.TryParse(Encoding.Latin1.GetString(input.Span), out var id) ? 0 : 1, id?.Bytes.Length ?? 0)))
    {
        LongestInput = 160,
        Check = static input => PeerId.Parse(PeerId.Parse(Encoding.Latin1.GetString(input)).ToString()).ShouldBe(PeerId.Parse(Encoding.Latin1.GetString(input))),
    });

    [Fact]
    public Task Multiaddr_AnyBytes_AreReadOrRefused() => Fuzzer.RunAsync(new FuzzTarget("multiaddr", [.. Addresses.Select(a => a.Bytes.ToArray())], 1000, 100, input =>
        new(new FuzzOutcome(Multiaddr.TryFromBytes(input.Span, out var address) ? 0 : 1, address?.Bytes.Length ?? 0)))
    {
        LongestInput = 200,
        Check = static input =>
        {
            Multiaddr.TryFromBytes(input, out var address).ShouldBeTrue();
            address!.Bytes.SequenceEqual(input).ShouldBeTrue();
            var text = address.ToString();
            foreach (var c in text) char.IsControl(c).ShouldBeFalse();
        },
    });

    [Fact]
    public Task Multiaddr_AnyText_IsReadOrRefused() => Fuzzer.RunAsync(new FuzzTarget("multiaddr-text", [.. Addresses.Select(a => Encoding.UTF8.GetBytes(a.ToString()))], 8000, 150, input =>
    {
        var read = Multiaddr.TryParse(Encoding.UTF8.GetString(input.Span), out var address, out var error);
        return new(new FuzzOutcome(read ? 0 : 1 + (error.Length % 61), address?.Bytes.Length ?? 0));
    })
    {
        LongestInput = 300,
        Check = static input => Multiaddr.Parse(Multiaddr.Parse(Encoding.UTF8.GetString(input)).ToString()).ShouldBe(Multiaddr.Parse(Encoding.UTF8.GetString(input))),
    });
}
