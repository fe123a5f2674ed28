using IppanFleet.Libp2p.Swarm;
using IppanFleet.Libp2p.Transports.Tcp;

namespace IppanFleet.Libp2p.Tests.Swarm;

[Trait("area", "libp2p")]
[Trait("area", "attack")]
public sealed class LedgerAttackTests
{
    /// <summary>One address cannot take all the room for handshakes; with the defence off (loopback not counted) it does.</summary>
    [Theory]
    [InlineData(true, 3)]
    [InlineData(false, 12)]
    public async Task HandshakeFlood_FromOneAddress_LeavesRoomForOthers(bool defended, int underWay)
    {
        await using var hosts = new TestHosts("tcp");
        var victim = await hosts.StartAsync(o => o with
        {
            Swarm = new SwarmOptions { MaxPendingInbound = 12, Limits = new ResourceLimits { LimitLoopback = defended, Ip = new ScopeLimits { Handshakes = 3 } } },
        });
        var flood = new List<ByteChannel>();
        for (var i = 0; i < 20; i++) flood.Add((await new TcpTransport().DialAsync(victim.Swarm.ListenAddresses[0], TestHosts.Deadline)).Channel);

        await TestHosts.UntilAsync(() => victim.Swarm.Ledger.Refused(ResourceKind.Handshakes, defended ? ResourceScope.Ip : ResourceScope.Node) == 20 - underWay, "the others are refused");
        victim.Swarm.Ledger.Used(ResourceKind.Handshakes).ShouldBe(underWay);

        foreach (var channel in flood) channel.Abort();
        await TestHosts.UntilAsync(() => victim.Swarm.Ledger.Used(ResourceKind.Handshakes) == 0, "all is given back");
    }

    [Fact]
    public async Task HandshakeFlood_OverTheRate_IsRefusedBeforeCryptography()
    {
        await using var hosts = new TestHosts("tcp");
        using var log = new LogCapture();
        var victim = await hosts.StartAsync(o => o with
        {
            LoggerFactory = log,
            Swarm = new SwarmOptions { Limits = new ResourceLimits { LimitLoopback = true, HandshakeBurstPerIp = 5, HandshakesPerSecondPerIp = 0.001 } },
        });
        for (var i = 0; i < 8; i++) (await new TcpTransport().DialAsync(victim.Swarm.ListenAddresses[0], TestHosts.Deadline)).Channel.Abort();

        await log.UntilAsync("127.0.0.1/32", "(SwarmOptions.Limits.HandshakesPerSecondPerIp)");
        await TestHosts.UntilAsync(() => victim.Swarm.Ledger.Refused(ResourceKind.Handshakes, ResourceScope.Ip) == 3, "three came too often");
    }

    [Fact]
    public async Task Streams_OfOnePeerOverAllItsConnections_AreBounded_AndAllIsGivenBack()
    {
        await using var hosts = new TestHosts("memory");
        var victim = await hosts.StartAsync(o => o with { Swarm = new SwarmOptions { Limits = new ResourceLimits { Peer = new ScopeLimits { InboundStreams = 10 } } } });
        var attacker = await hosts.StartAsync();
        var connection = await attacker.Swarm.DialAsync(victim.Addresses[0], TestHosts.Deadline);
        await TestHosts.UntilAsync(() => connection.StreamCount == 0 && victim.Swarm.Ledger.Used(ResourceKind.InboundStreams) == 0, "Identify is done");
        var streams = Enumerable.Range(0, 30).Select(_ => connection.Muxed.OpenStream()).ToList();
        foreach (var stream in streams) await stream.WriteAsync(new byte[] { 0x13 });

        await TestHosts.UntilAsync(() => victim.Swarm.Ledger.Refused(ResourceKind.InboundStreams, ResourceScope.Peer) == 20, "twenty are refused");
        victim.Swarm.Ledger.UsedBy(attacker.Id, ResourceKind.InboundStreams).ShouldBe(10);

        await attacker.DisposeAsync();
        await TestHosts.UntilAsync(() => Enum.GetValues<ResourceKind>().All(kind => victim.Swarm.Ledger.Used(kind) == 0) && victim.Swarm.Ledger.AccountCount == 0, "all is given back");
    }

    [Fact]
    public async Task OutboundStreams_OverTheLimit_AreRefusedWithTheOption()
    {
        await using var hosts = new TestHosts("memory");
        var alice = await hosts.StartAsync(o => o with { Swarm = new SwarmOptions { Limits = new ResourceLimits { Protocol = new ScopeLimits { OutboundStreams = 2 } } } });
        var bob = await hosts.StartAsync();
        await alice.Swarm.DialAsync(bob.Addresses[0], TestHosts.Deadline);
        var first = await alice.Swarm.OpenStreamAsync(bob.Id, ["/ipfs/ping/1.0.0"], TestHosts.Deadline);
        await alice.Swarm.OpenStreamAsync(bob.Id, ["/ipfs/ping/1.0.0"], TestHosts.Deadline);

        var refused = await Should.ThrowAsync<SwarmException>(alice.Swarm.OpenStreamAsync(bob.Id, ["/ipfs/ping/1.0.0"], TestHosts.Deadline).AsTask());
        refused.Refusal.ShouldNotBeNull().Option.ShouldBe("SwarmOptions.Limits.Protocol.OutboundStreams");

        await first.DisposeAsync();
        await alice.Swarm.OpenStreamAsync(bob.Id, ["/ipfs/ping/1.0.0"], TestHosts.Deadline);
    }
}
