using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Text;
using IppanFleet.Libp2p.Identity;
using IppanFleet.Libp2p.Multiformats;
using IppanFleet.Libp2p.Negotiation;
using IppanFleet.Libp2p.Protobuf;
using IppanFleet.Libp2p.Protocols.Identify;
using IppanFleet.Libp2p.Security.Noise;
using IppanFleet.Libp2p.Swarm;
using IppanFleet.Libp2p.Transports.Tcp;

namespace IppanFleet.Libp2p.Tests.Attacks;

/// <summary>A whole host and a remote that misbehaves at one layer: that stream or connection alone ends, with a reason, and others are served on.</summary>
[Trait("area", "libp2p")]
[Trait("area", "attack")]
public sealed class HostAttackTests
{
    private const string Push = "/ipfs/id/push/1.0.0";

    [Theory]
    [InlineData("http", "multistream-select: ")]
    [InlineData("garbage", "multistream-select: ")]
    [InlineData("closes", "multistream-select: closed before an agreement")]
    [InlineData("other security", "the remote does not speak /noise")]
    [InlineData("noise garbage", "Noise: a handshake message")]
    [InlineData("noise oversized", "Noise: a handshake message of 65535 bytes; at most 4096 are read")]
    [InlineData("noise closes", "Noise: closed inside the handshake")]
    public async Task Garbage_BeforeTheConnectionIsUp_IsRefusedWithItsReason(string attack, string reason)
    {
        await using var hosts = new TestHosts("tcp");
        using var log = new LogCapture();
        var victim = await hosts.StartAsync(o => o with { LoggerFactory = log });
        var raw = await DialRawAsync(victim);
        byte[] sent = attack switch
        {
            "http" => "GET / HTTP/1.1\r\nHost: example.com\r\n\r\nxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"u8.ToArray(),
            "garbage" => [77, .. ChannelExtensions.Random(3000)],
            "closes" => [],
            "other security" => [.. MultistreamSelect.Propose("/tls/1.0.0")],
            "noise garbage" => [.. MultistreamSelect.Propose("/noise"), 0, 32, .. ChannelExtensions.Random(32), 0, 200, .. ChannelExtensions.Random(200)],
            "noise oversized" => [.. MultistreamSelect.Propose("/noise"), 0xff, 0xff],
            _ => [.. MultistreamSelect.Propose("/noise"), 0, 32, .. ChannelExtensions.Random(32)],
        };
        if (sent.Length > 0) await raw.WriteAsync(sent);
        await raw.CloseWriteAsync();

        await log.UntilAsync("Inbound connection from /ip4/127.0.0.1/tcp/", "refused: ", reason);
        log.Errors.ShouldBeEmpty();
        victim.Swarm.ConnectionCount.ShouldBe(0);
        raw.Abort();
        await ServesOnAsync(hosts, victim);
    }

    [Fact]
    public async Task Garbage_InsideTheSecuredConnection_EndsItWithItsReason()
    {
        await using var hosts = new TestHosts("tcp");
        using var log = new LogCapture();
        var victim = await hosts.StartAsync(o => o with { LoggerFactory = log });
        using var me = PeerIdentity.Generate();
        using var noise = new NoiseSecurity(me);
        var raw = await DialRawAsync(victim);
        var secured = await noise.UpgradeAsync(new LazyDialChannel(raw, "/noise"), initiator: true, victim.Id, ["/yamux/1.0.0"], TestHosts.Deadline);
        secured.Muxer.ShouldBe("/yamux/1.0.0");
        await secured.Channel.WriteAsync("\u0007 this is no yamux frame"u8.ToArray());

        await log.UntilAsync($"Connection to {me.Id} at /ip4/127.0.0.1/tcp/", "Yamux: unknown version");
        log.Errors.ShouldBeEmpty();
        await TestHosts.UntilAsync(() => victim.Swarm.ConnectionCount == 0, "the connection is gone");
        await ServesOnAsync(hosts, victim);
    }

    [Theory]
    [InlineData("", "not multistream at all, but something longer than a length byte says", "multistream-select", "multistream-select: ")]
    [InlineData("/ipfs/ping/1.0.0", "seven b", "/ipfs/ping/1.0.0", "Ping: closed inside a ping")]
    [InlineData(Push, "", Push, "Identify: closed without a message")]
    [InlineData(Push, "\u0005\u0007zzzz", Push, "Identify: malformed message")]
    [InlineData(Push, "\u00ff\u00ff\u0001", Push, "a message of 32767 bytes; at most 8192 are read")]
    [InlineData(Push, "\u0080\u0000", Push, "a message length is not a minimal varint")]
    [InlineData(Push, "\u0050abc", Push, "the stream ended inside a message")]
    public async Task Garbage_OnAStream_EndsTheStreamAlone(string protocol, string sent, string named, string reason)
    {
        await using var hosts = new TestHosts("memory");
        using var log = new LogCapture();
        var victim = await hosts.StartAsync(o => o with { LoggerFactory = log });
        var attacker = await hosts.StartAsync();
        var connection = await attacker.Swarm.DialAsync(victim.Addresses[0], TestHosts.Deadline);
        var raw = connection.Muxed.OpenStream();
        var stream = protocol.Length == 0 ? raw : new LazyDialChannel(raw, protocol);
        await stream.WriteAsync(Encoding.Latin1.GetBytes(sent));
        await stream.CloseWriteAsync();

        await log.UntilAsync($"Stream of {named} from {attacker.Id} ended: ", reason);
        log.Errors.ShouldBeEmpty();
        (await attacker.Ping.PingAsync(victim.Id, TestHosts.Deadline)).ShouldBeGreaterThan(TimeSpan.Zero, "the connection goes on");
        await ServesOnAsync(hosts, victim);
    }

    [Theory]
    [InlineData("1,025 protocols", 16 * 1024, "Identify: more than 1024 protocols")]
    [InlineData("another's key", 8 * 1024, "Identify: the public key is not the connection's")]
    [InlineData("9 KiB", 8 * 1024, "at most 8192 are read")]
    [InlineData("257 byte protocol", 8 * 1024, "Identify: malformed message")]
    public async Task IdentifyStuffing_IsRefusedAndNothingIsKept(string stuffing, int maxSize, string reason)
    {
        await using var hosts = new TestHosts("memory");
        using var log = new LogCapture();
        var victim = await hosts.StartAsync(o => o with { LoggerFactory = log, Identify = new IdentifyOptions { MaxMessageSize = maxSize } });
        var attacker = await hosts.StartAsync();
        await ConnectAsync(attacker, victim);
        var before = victim.Swarm.FindInfo(attacker.Id);

        await PushAsync(attacker, victim, Stuffing(stuffing));

        await log.UntilAsync($"Stream of {Push} from {attacker.Id} ended: ", reason);
        victim.Swarm.FindInfo(attacker.Id).ShouldBeSameAs(before);
        (await attacker.Ping.PingAsync(victim.Id, TestHosts.Deadline)).ShouldBeGreaterThan(TimeSpan.Zero);
    }

    [Fact]
    public async Task IdentifyStuffing_WithTheDefenceOff_IsKept()
    {
        await using var hosts = new TestHosts("memory");
        var victim = await hosts.StartAsync(o => o with { Identify = new IdentifyOptions { MaxMessageSize = 1 << 20, MaxProtocols = int.MaxValue } });
        var attacker = await hosts.StartAsync();
        await ConnectAsync(attacker, victim);
        await PushAsync(attacker, victim, Stuffing("1,025 protocols"));
        await TestHosts.UntilAsync(() => victim.Swarm.FindInfo(attacker.Id)!.Protocols.Count == 1025, "all are kept");
    }

    [Fact]
    public async Task IdentifyStuffing_Addresses_AreKeptUpToTheLimit()
    {
        await using var hosts = new TestHosts("memory");
        var victim = await hosts.StartAsync();
        var attacker = await hosts.StartAsync();
        await ConnectAsync(attacker, victim);
        var fields = Enumerable.Range(1, 500).Select(i => (2, Multiaddr.Parse($"/ip4/10.0.0.1/tcp/{i}").Bytes.ToArray())).Prepend((2, [1, 2, 3]));
        await PushAsync(attacker, victim, Fields([.. fields]));
        await TestHosts.UntilAsync(() => victim.Swarm.FindInfo(attacker.Id)!.ListenAddresses.Count == 64, "64 are kept");
    }

    /// <summary>Connections that never finish their handshake are bounded in number and in time, and turned away before any cryptography.</summary>
    [Fact]
    public async Task HandshakeFlood_IsBounded_AndTimesOut()
    {
        await using var hosts = new TestHosts("tcp");
        using var log = new LogCapture();
        var victim = await hosts.StartAsync(o => o with { LoggerFactory = log, Swarm = new SwarmOptions { MaxPendingInbound = 4, UpgradeTimeout = TimeSpan.FromSeconds(1) } });
        var flood = new List<ByteChannel>();
        for (var i = 0; i < 20; i++) flood.Add(await DialRawAsync(victim));

        await TestHosts.UntilAsync(() => log.Lines.Count(l => l.Contains("handshakes under way of this host: 4 in use, at most 4 (SwarmOptions.MaxPendingInbound)", StringComparison.Ordinal)) == 16, "16 are turned away");
        await TestHosts.UntilAsync(() => log.Lines.Count(l => l.Contains("the handshake took more than 1 s", StringComparison.Ordinal)) == 4, "4 time out");
        await ServesOnAsync(hosts, victim);
        foreach (var channel in flood) channel.Abort();
    }

    /// <summary>The same flood with neither limit nor deadline: all of it is held at once.</summary>
    [Fact]
    public async Task HandshakeFlood_WithTheDefenceOff_IsHeldWhole()
    {
        await using var hosts = new TestHosts("tcp");
        var victim = await hosts.StartAsync(o => o with { Swarm = new SwarmOptions { MaxPendingInbound = int.MaxValue, UpgradeTimeout = TimeSpan.FromHours(1) } });
        var flood = new List<ByteChannel>();
        for (var i = 0; i < 200; i++) flood.Add(await DialRawAsync(victim));
        await TestHosts.UntilAsync(() => victim.Swarm.Ledger.Used(ResourceKind.Handshakes) == 200, "all are under way");
        foreach (var channel in flood) channel.Abort();
    }

    /// <summary>A byte now and then does not keep a handshake alive, unless nobody looks at the clock.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task SlowLoris_InTheHandshake_TimesOutUnlessTheDefenceIsOff(bool defended)
    {
        await using var hosts = new TestHosts("tcp");
        using var log = new LogCapture();
        var victim = await hosts.StartAsync(o => o with { LoggerFactory = log, Swarm = new SwarmOptions { UpgradeTimeout = defended ? TimeSpan.FromMilliseconds(300) : TimeSpan.FromHours(1) } });
        var raw = await DialRawAsync(victim);
        var dribble = Task.Run(async () =>
        {
            foreach (var b in MultistreamSelect.Propose("/noise"))
            {
                await raw.WriteAsync(new[] { b });
                await Task.Delay(50);
            }
        });
        if (defended)
        {
            await log.UntilAsync("refused: the handshake took more than 0.3 s");
            await Should.ThrowAsync<ChannelException>(dribble);
            return;
        }
        await dribble;
        victim.Swarm.Ledger.Used(ResourceKind.Handshakes).ShouldBe(1, "after more than a second it is still waited for");
        log.Lines.ShouldNotContain(line => line.Contains("refused", StringComparison.Ordinal));
        raw.Abort();
    }

    [Fact]
    public async Task SlowLoris_OnAStream_TimesOutAndTheConnectionGoesOn()
    {
        await using var hosts = new TestHosts("memory");
        using var log = new LogCapture();
        var victim = await hosts.StartAsync(o => o with { LoggerFactory = log, Swarm = new SwarmOptions { NegotiationTimeout = TimeSpan.FromMilliseconds(200) } });
        var attacker = await hosts.StartAsync();
        var connection = await attacker.Swarm.DialAsync(victim.Addresses[0], TestHosts.Deadline);
        var stream = connection.Muxed.OpenStream();
        await stream.WriteAsync(new byte[] { 0x13 });
        await log.UntilAsync($"Stream of multistream-select from {attacker.Id} ended: it took too long");
        (await Should.ThrowAsync<ChannelException>(stream.ReadAsync(new byte[1], TestHosts.Deadline).AsTask())).Fault.ShouldBe(ChannelFault.Reset);
        (await attacker.Ping.PingAsync(victim.Id, TestHosts.Deadline)).ShouldBeGreaterThan(TimeSpan.Zero);
    }

    [Theory]
    [InlineData(10, 10)]
    [InlineData(int.MaxValue, 30)]
    public async Task Streams_OverThePerConnectionLimit_AreResetUnlessTheDefenceIsOff(int limit, int open)
    {
        await using var hosts = new TestHosts("memory");
        var victim = await hosts.StartAsync(o => o with { Swarm = new SwarmOptions { MaxInboundStreamsPerConnection = limit } });
        var attacker = await hosts.StartAsync();
        await ConnectAsync(attacker, victim);
        var connection = attacker.Swarm.FindConnection(victim.Id)!;
        await TestHosts.UntilAsync(() => connection.StreamCount == 0, "Identify is done");
        var streams = Enumerable.Range(0, 30).Select(_ => connection.Muxed.OpenStream()).ToList();
        foreach (var stream in streams) await stream.WriteAsync(new byte[] { 0x13 });
        await TestHosts.UntilAsync(() => connection.StreamCount == open && victim.Swarm.Ledger.Used(ResourceKind.InboundStreams) == open, "those over the limit are reset");
        foreach (var stream in streams) stream.Abort();
        await TestHosts.UntilAsync(() => victim.Swarm.FindConnection(attacker.Id)!.StreamCount == 0, "all are gone");
        (await attacker.Ping.PingAsync(victim.Id, TestHosts.Deadline)).ShouldBeGreaterThan(TimeSpan.Zero);
    }

    [Fact]
    public async Task Connections_OverTheLimits_AreRefused()
    {
        await using var hosts = new TestHosts("memory");
        using var log = new LogCapture();
        var victim = await hosts.StartAsync(o => o with { LoggerFactory = log, Swarm = new SwarmOptions { MaxConnections = 3, MaxConnectionsPerPeer = 2 } });
        using var identity = PeerIdentity.Generate();
        var twins = new List<Libp2pHost>();
        for (var i = 0; i < 3; i++)
        {
            twins.Add(await hosts.StartAsync(o => o with { Identity = identity }));
            await twins[i].Swarm.DialAsync(victim.Addresses[0], TestHosts.Deadline);
        }
        await log.UntilAsync($"of peer {identity.Id}: 2 in use, at most 2 (SwarmOptions.MaxConnectionsPerPeer)");
        await (await hosts.StartAsync()).Swarm.DialAsync(victim.Addresses[0], TestHosts.Deadline);
        await TestHosts.UntilAsync(() => victim.Swarm.ConnectionCount == 3, "three are open");
        try
        {
            await (await hosts.StartAsync()).Swarm.DialAsync(victim.Addresses[0], TestHosts.Deadline);
        }
        catch (SwarmException)
        {
            // Turned away before or after its own end was up.
        }
        await log.UntilAsync("connections of this host: 3 in use, at most 3 (SwarmOptions.MaxConnections)");
        victim.Swarm.ConnectionCount.ShouldBe(3);
    }

    /// <summary>Whoever joins a dial that its beginner gives up goes on for itself.</summary>
    [Fact]
    public async Task Dial_JoinedAndGivenUpByTheFirst_GoesOnForTheSecond()
    {
        await using var hosts = new TestHosts("tcp");
        var (alice, bob) = (await hosts.StartAsync(), await hosts.StartAsync());
        using var silent = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        silent.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        silent.Listen();
        using var giveUp = new CancellationTokenSource();
        var first = alice.Swarm.DialAsync(bob.Id, [Multiaddr.FromEndPoint((IPEndPoint)silent.LocalEndPoint!)], giveUp.Token);
        var second = alice.Swarm.DialAsync(bob.Id, bob.Addresses, TestHosts.Deadline);

        await giveUp.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(first);
        (await second).RemotePeer.ShouldBe(bob.Id);
    }

    private static async Task<ByteChannel> DialRawAsync(Libp2pHost host) => (await new TcpTransport().DialAsync(host.Swarm.ListenAddresses[0], TestHosts.Deadline)).Channel;

    private static async Task ConnectAsync(Libp2pHost from, Libp2pHost to)
    {
        await from.Swarm.DialAsync(to.Addresses[0], TestHosts.Deadline);
        await TestHosts.UntilAsync(() => to.Swarm.FindInfo(from.Id) is not null && from.Swarm.FindInfo(to.Id) is not null, "both identified");
    }

    private static async Task ServesOnAsync(TestHosts hosts, Libp2pHost victim)
    {
        var honest = await hosts.StartAsync();
        await honest.Swarm.DialAsync(victim.Addresses[0], TestHosts.Deadline);
        (await honest.Ping.PingAsync(victim.Id, TestHosts.Deadline)).ShouldBeGreaterThan(TimeSpan.Zero);
    }

    private static async Task PushAsync(Libp2pHost from, Libp2pHost to, byte[] message)
    {
        var stream = await from.Swarm.OpenStreamAsync(to.Id, [Push], TestHosts.Deadline);
        await LengthPrefixed.WriteAsync(stream, message);
        await stream.CloseWriteAsync();
    }

    private static byte[] Stuffing(string kind)
    {
        using var another = PeerIdentity.Generate();
        return kind switch
        {
            "1,025 protocols" => Fields([.. Enumerable.Range(0, 1025).Select(i => (3, Encoding.ASCII.GetBytes($"/p/{i}")))]),
            "another's key" => Fields((1, another.PublicKey.Protobuf.ToArray())),
            "9 KiB" => Fields((3, new byte[9 * 1024])),
            _ => Fields((3, new byte[257])),
        };
    }

    private static byte[] Fields(params (int Field, byte[] Value)[] fields)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var writer = new ProtoWriter(buffer);
        foreach (var (field, value) in fields) writer.WriteBytes(field, value);
        return buffer.WrittenSpan.ToArray();
    }
}
