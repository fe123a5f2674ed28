using System.Security.Cryptography;
using IppanFleet.Libp2p;
using IppanFleet.Libp2p.Identity;
using IppanFleet.Libp2p.Multiformats;
using IppanFleet.Libp2p.Protocols.Identify;
using IppanFleet.Libp2p.Swarm;

namespace IppanFleet.Interop;

/// <summary>Our host and js-libp2p over loopback, each dialing the other: Noise, Yamux, Identify, Ping, streams.</summary>
[Trait("area", "interop")]
public sealed class CoreTests : IAsyncDisposable
{
    private readonly CancellationTokenSource _deadline = new(TimeSpan.FromSeconds(60));
    private Libp2pHost? _host;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Dial_EitherWay_IdentifiesBoth(bool weDial)
    {
        await using var js = await JsPeer.StartAsync();
        var host = await StartAsync();

        await ConnectAsync(host, js, weDial);

        var ours = await js.CallAsync("identify-of", new { peerId = host.Id.ToString() });
        ((string)ours!["agentVersion"]!).ShouldBe("interop/1");
        ((string)ours["protocolVersion"]!).ShouldBe("/ippan/1.0.0");
        ours["protocols"]!.AsArray().Select(p => (string)p!).ShouldContain("/ipfs/ping/1.0.0");
        ours["listenAddrs"]!.AsArray().Select(p => (string)p!).ShouldContain(host.Swarm.ListenAddresses[0].ToString());
        var theirs = PeerId.Parse(js.PeerId);
        await UntilAsync(() => host.Swarm.FindInfo(theirs) is not null, "js identified");
        host.Swarm.FindInfo(theirs)!.AgentVersion.ShouldStartWith("js-libp2p");
        host.Swarm.FindInfo(theirs)!.ObservedAddress.ShouldNotBeNull();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Ping_EitherWay_IsAnswered(bool weDial)
    {
        await using var js = await JsPeer.StartAsync();
        var host = await StartAsync();
        await ConnectAsync(host, js, weDial);

        for (var i = 0; i < 5; i++) (await host.Ping.PingAsync(PeerId.Parse(js.PeerId), _deadline.Token)).ShouldBeGreaterThan(TimeSpan.Zero);
        for (var i = 0; i < 5; i++) ((double)(await js.CallAsync("ping", new { peerId = host.Id.ToString() }))!).ShouldBeLessThan(5000);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(100_000)]
    [InlineData(3_000_000)]
    public async Task Echo_FromJs_ComesBackWhole(int size)
    {
        await using var js = await JsPeer.StartAsync();
        var host = await StartAsync();
        await ConnectAsync(host, js, weDial: false);
        var data = RandomNumberGenerator.GetBytes(size);

        var back = await js.CallAsync("echo", new { peerId = host.Id.ToString(), dataBase64 = Convert.ToBase64String(data) });

        Convert.FromBase64String((string)back!).ShouldBe(data);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3_000_000)]
    public async Task Echo_FromUs_ComesBackWhole(int size)
    {
        await using var js = await JsPeer.StartAsync();
        var host = await StartAsync();
        await ConnectAsync(host, js, weDial: true);
        var data = RandomNumberGenerator.GetBytes(size);

        await using var stream = await host.Swarm.OpenStreamAsync(PeerId.Parse(js.PeerId), [EchoProtocol.Id], _deadline.Token);
        var back = new MemoryStream();
        var reading = ReadAllAsync(stream, back);
        await stream.WriteAsync(data, _deadline.Token);
        await stream.CloseWriteAsync(_deadline.Token);
        await reading;

        back.ToArray().ShouldBe(data);
    }

    [Fact]
    public async Task Perf_WithJs_MovesBytesBothWays()
    {
        await using var js = await JsPeer.StartAsync();
        var host = await StartAsync();
        await ConnectAsync(host, js, weDial: true);

        await host.Perf.MeasureAsync(PeerId.Parse(js.PeerId), 20 << 20, 20 << 20, _deadline.Token);
        await js.CallAsync("perf", new { peerId = host.Id.ToString(), uploadBytes = 20 << 20, downloadBytes = 20 << 20 });
    }

    [Fact]
    public async Task OpenStream_ProtocolJsLacks_IsRefusedByName()
    {
        await using var js = await JsPeer.StartAsync();
        var host = await StartAsync();
        await ConnectAsync(host, js, weDial: true);

        var refused = await Should.ThrowAsync<SwarmException>(async () => await host.Swarm.OpenStreamAsync(PeerId.Parse(js.PeerId), ["/nobody/1", "/nobody/2"], _deadline.Token));

        refused.Fault.ShouldBe(SwarmFault.UnsupportedProtocol);
        refused.Message.ShouldContain("/nobody/1, /nobody/2");
    }

    [Fact]
    public async Task Hangup_ByJs_EndsOurConnection()
    {
        await using var js = await JsPeer.StartAsync();
        var host = await StartAsync();
        await ConnectAsync(host, js, weDial: true);

        await js.CallAsync("hangup", new { peerId = host.Id.ToString() });

        await UntilAsync(() => host.Swarm.ConnectionCount == 0, "our connection ended");
    }

    public async ValueTask DisposeAsync()
    {
        if (_host is not null) await _host.DisposeAsync();
        _deadline.Dispose();
    }

    private async Task<Libp2pHost> StartAsync()
    {
        _host = new Libp2pHost(new Libp2pHostOptions
        {
            ListenAddresses = [Multiaddr.Parse("/ip4/127.0.0.1/tcp/0")],
            Identify = new IdentifyOptions { AgentVersion = "interop/1", ProtocolVersion = "/ippan/1.0.0" },
            ServePerf = true,
        });
        _host.Add(new EchoProtocol());
        await _host.StartAsync(_deadline.Token);
        return _host;
    }

    private async Task ConnectAsync(Libp2pHost host, JsPeer js, bool weDial)
    {
        if (weDial) (await host.Swarm.DialAsync(Multiaddr.Parse(js.Address), _deadline.Token)).RemotePeer.ToString().ShouldBe(js.PeerId);
        else ((string)(await js.CallAsync("dial", new { address = host.Addresses[0].ToString() }))!).ShouldBe(host.Id.ToString());
    }

    private async Task ReadAllAsync(PeerStream stream, MemoryStream target)
    {
        var buffer = new byte[64 * 1024];
        for (int read; (read = await stream.ReadAsync(buffer, _deadline.Token)) > 0;) target.Write(buffer, 0, read);
    }

    private async Task UntilAsync(Func<bool> condition, string what)
    {
        while (!condition())
        {
            _deadline.IsCancellationRequested.ShouldBeFalse($"never: {what}");
            await Task.Delay(10);
        }
    }
}
