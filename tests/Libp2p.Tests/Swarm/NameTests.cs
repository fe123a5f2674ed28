using System.Net;
using System.Net.Sockets;
using System.Text;
using IppanFleet.Libp2p.Identity;
using IppanFleet.Libp2p.Multiformats;
using IppanFleet.Libp2p.Swarm;

namespace IppanFleet.Libp2p.Tests.Swarm;

[Trait("area", "libp2p")]
public sealed class NameTests
{
    [Fact]
    public async Task TextClient_AnswerOfAServer_IsRead_AndForgeriesAreNot()
    {
        using var server = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        server.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var serving = Task.Run(async () =>
        {
            var buffer = new byte[512];
            var asked = await server.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0), TestHosts.Deadline);
            var query = buffer[..asked.ReceivedBytes];
            byte[] otherId = [(byte)~query[0], .. query[1..]];
            await server.SendToAsync(Answer(otherId, "forged"), asked.RemoteEndPoint);
            byte[] otherName = [.. query];
            otherName[13] ^= 1;
            await server.SendToAsync(Answer(otherName, "forged"), asked.RemoteEndPoint);
            await server.SendToAsync(new byte[3], asked.RemoteEndPoint);
            await server.SendToAsync(Answer(query, "dnsaddr=/ip4/1.2.3.4/tcp/1", new string('x', 600)), asked.RemoteEndPoint);
        });

        var texts = await new DnsTextClient((IPEndPoint)server.LocalEndPoint!, TimeSpan.FromSeconds(10), TimeProvider.System).FindAsync("_dnsaddr.example.org", 8, TestHosts.Deadline);

        await serving;
        texts.ShouldBe(["dnsaddr=/ip4/1.2.3.4/tcp/1", new string('x', 600)]);
    }

    [Fact]
    public async Task TextClient_SilentServer_GivesUp()
    {
        using var server = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        server.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        (await new DnsTextClient((IPEndPoint)server.LocalEndPoint!, TimeSpan.FromMilliseconds(50), TimeProvider.System).FindAsync("example.org", 8, TestHosts.Deadline)).ShouldBeEmpty();
    }

    [Fact]
    [Trait("area", "attack")]
    public void TextAnswer_WithMoreThanWanted_IsReadUpToTheLimit()
    {
        var query = DnsText.Query(7, "_dnsaddr.example.org")!;
        DnsText.TryRead(Answer(query, "a", "bb", "ccc"), query, max: 2, out var two).ShouldBeTrue();
        two.ShouldBe(["a", "bb"]);
        DnsText.Query(1, new string('a', 64)).ShouldBeNull();
        DnsText.Query(1, "a..b").ShouldBeNull();
    }

    [Fact]
    public async Task DnsAddr_IsFollowed_ToTheAddressesOfItsPeerAlone()
    {
        using var peer = PeerIdentity.Generate();
        using var other = PeerIdentity.Generate();
        var names = new Names(name => name switch
        {
            "_dnsaddr.a.example" => [$"dnsaddr=/dnsaddr/b.example/p2p/{peer.Id}", $"dnsaddr=/ip4/1.1.1.1/tcp/1/p2p/{other.Id}", "v=spf1", "dnsaddr=nonsense"],
            "_dnsaddr.b.example" => [$"dnsaddr=/ip4/2.2.2.2/tcp/2/p2p/{peer.Id}", $"dnsaddr=/dns4/c.example/tcp/3/p2p/{peer.Id}"],
            _ => [],
        });

        var (addresses, failed) = await new AddressResolver(names, maxPerName: 8).ResolveAsync([Multiaddr.Parse($"/dnsaddr/a.example/p2p/{peer.Id}")], TestHosts.Deadline);

        failed.ShouldBeNull();
        addresses.Select(a => a.ToString()).ShouldBe([$"/ip4/2.2.2.2/tcp/2/p2p/{peer.Id}", $"/ip4/9.9.9.9/tcp/3/p2p/{peer.Id}"]);
    }

    [Theory]
    [Trait("area", "attack")]
    [InlineData(1)]
    [InlineData(500)]
    public async Task DnsAddr_NamesThatLeadToEverMoreNames_AreBounded(int fanOut)
    {
        var names = new Names(_ => [.. Enumerable.Range(0, fanOut).Select(i => $"dnsaddr=/dnsaddr/{Guid.NewGuid():N}.example")]);

        var (addresses, failed) = await new AddressResolver(names, maxPerName: 8).ResolveAsync([Multiaddr.Parse("/dnsaddr/a.example")], TestHosts.Deadline);

        addresses.ShouldBeEmpty();
        failed.ShouldNotBeNull();
        names.Asked.ShouldBeLessThanOrEqualTo(16);
    }

    private static byte[] Answer(byte[] query, params string[] texts)
    {
        List<byte> answer = [query[0], query[1], 0x81, 0x80, 0, 1, 0, (byte)texts.Length, 0, 0, 0, 0, .. query[12..]];
        foreach (var text in texts)
        {
            List<byte> data = [];
            foreach (var part in text.Chunk(255)) data.AddRange([(byte)part.Length, .. Encoding.ASCII.GetBytes(part)]);
            answer.AddRange([0xc0, 12, 0, 16, 0, 1, 0, 0, 0, 60, (byte)(data.Count >> 8), (byte)data.Count, .. data]);
        }
        return [.. answer];
    }

    private sealed class Names(Func<string, string[]> texts) : INameService
    {
        internal int Asked { get; private set; }

        public Task<IPAddress[]> FindAddressesAsync(string name, AddressFamily family, CancellationToken cancellationToken) => Task.FromResult<IPAddress[]>([IPAddress.Parse("9.9.9.9")]);

        public Task<IReadOnlyList<string>> FindTextsAsync(string name, int max, CancellationToken cancellationToken)
        {
            Asked++;
            return Task.FromResult<IReadOnlyList<string>>(texts(name));
        }
    }
}
