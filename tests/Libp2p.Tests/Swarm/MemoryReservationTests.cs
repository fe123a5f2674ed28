using IppanFleet.Libp2p.Identity;
using IppanFleet.Libp2p.Muxers.Yamux;
using IppanFleet.Libp2p.Protocols.RequestResponse;
using IppanFleet.Libp2p.Swarm;
using IppanFleet.Libp2p.Tests.Channels;

namespace IppanFleet.Libp2p.Tests.Swarm;

[Trait("area", "libp2p")]
public sealed class MemoryReservationTests
{
    private readonly PeerIdentity _peer = PeerIdentity.Generate();

    [Fact]
    public void Reserve_OverALimit_SaysWhichWhoseAndWhatRaisesIt()
    {
        var ledger = new ResourceLedger(new SwarmOptions { Limits = new ResourceLimits { Peer = new ScopeLimits { Memory = 1000 }, Protocol = new ScopeLimits { Memory = 700 } } });
        using var first = ledger.Reserve(600, _peer.Id, "/p/1");

        var refused = Should.Throw<SwarmException>(() => ledger.Reserve(101, _peer.Id, "/p/1"));
        refused.Refusal.ShouldBe(new ResourceRefusal(ResourceKind.Memory, ResourceScope.Protocol, "/p/1", 600, 700, "SwarmOptions.Limits.Protocol.Memory"));
        refused.Message.ShouldBe("no memory: bytes of /p/1: 600 in use, at most 700 (SwarmOptions.Limits.Protocol.Memory)");
        ledger.TryReserve(401, _peer.Id, "/p/2", out var none).ShouldNotBeNull().Option.ShouldBe("SwarmOptions.Limits.Peer.Memory");
        none.ShouldBeNull();
        ledger.Used(ResourceKind.Memory).ShouldBe(600);
    }

    [Fact]
    public void Resize_GrowsAndShrinks_AndIsGivenBackOnce()
    {
        var ledger = new ResourceLedger(new SwarmOptions { Limits = new ResourceLimits { Node = new ScopeLimits { Memory = 1000 } } });
        var reservation = ledger.Reserve(0, _peer.Id, "/p/1");
        reservation.TryResize(1000).ShouldBeNull();
        reservation.TryResize(1001).ShouldNotBeNull().Option.ShouldBe("SwarmOptions.Limits.Node.Memory");
        reservation.Bytes.ShouldBe(1000, "a refusal changes nothing");
        reservation.TryResize(300).ShouldBeNull();
        ledger.UsedBy(_peer.Id, ResourceKind.Memory).ShouldBe(300);

        reservation.Dispose();
        reservation.Dispose();

        ledger.Used(ResourceKind.Memory).ShouldBe(0);
        ledger.AccountCount.ShouldBe(0);
        Should.Throw<ObjectDisposedException>(() => reservation.TryResize(1));
    }

    [Fact]
    public async Task Reader_MessageGrowsBeyondTheLimit_IsRefusedBeforeItIsAllocated()
    {
        var ledger = new ResourceLedger(new SwarmOptions { Limits = new ResourceLimits { Peer = new ScopeLimits { Memory = 160 * 1024 } } });
        using var memory = ledger.Reserve(0, _peer.Id, "/p/1");
        var channel = new ScriptedChannel();
        // 1 MiB is announced; it comes in parts.
        channel.Send([0x80, 0x80, 0x40]);
        for (var i = 0; i < 16; i++) channel.Send(new byte[64 * 1024]);
        using var reader = new LengthPrefixedReader(channel.End(), 1024 * 1024, memory);

        var refused = await Should.ThrowAsync<ChannelException>(async () => await reader.ReadAsync(TestHosts.Deadline));

        refused.Fault.ShouldBe(ChannelFault.LimitExceeded);
        refused.Message.ShouldContain("SwarmOptions.Limits.Peer.Memory");
        ledger.Used(ResourceKind.Memory).ShouldBeInRange(1, 160 * 1024);
        reader.Dispose();
        ledger.Used(ResourceKind.Memory).ShouldBe(0);
    }

    [Fact]
    public async Task Reply_BeyondThePeersMemory_FailsTheRequestAlone_AndNothingStaysReserved()
    {
        await using var hosts = new TestHosts("memory");
        RequestResponseProtocol? asking = null;
        var limits = new ResourceLimits { Peer = new ResourceLimits().Peer with { Memory = 256 * 1024 } };
        var alice = await hosts.StartAsync(o => o with { Swarm = new SwarmOptions { Limits = limits } }, h => h.Add(asking = new RequestResponseProtocol(h.Swarm, ["/test/1"], static (_, r, _) => new(r))));
        var bob = await hosts.StartAsync(prepare: h => h.Add(new RequestResponseProtocol(h.Swarm, ["/test/1"], static (_, r, _) => new(new byte[r.Span[0] * 1024]))));
        await alice.Swarm.DialAsync(bob.Addresses[0], TestHosts.Deadline);

        (await asking!.RequestAsync(bob.Id, new byte[] { 20 }, TestHosts.Deadline)).Length.ShouldBe(20 * 1024);
        var refused = await Should.ThrowAsync<ChannelException>(asking.RequestAsync(bob.Id, new byte[] { 250 }, TestHosts.Deadline));
        refused.Message.ShouldContain("SwarmOptions.Limits.Peer.Memory");
        (await asking.RequestAsync(bob.Id, new byte[] { 20 }, TestHosts.Deadline)).Length.ShouldBe(20 * 1024);

        await TestHosts.UntilAsync(() => alice.Swarm.Ledger.Used(ResourceKind.Memory) == limits.ConnectionMemory, "the connection's own is left");
        await TestHosts.UntilAsync(() => bob.Swarm.Ledger.Used(ResourceKind.Memory) == limits.ConnectionMemory, "bob's too");
    }

    [Fact]
    public async Task Request_BeyondTheServersMemory_IsReset()
    {
        await using var hosts = new TestHosts("memory");
        using var log = new LogCapture();
        RequestResponseProtocol? asking = null;
        var limits = new ResourceLimits { Peer = new ResourceLimits().Peer with { Memory = 64 * 1024 } };
        var alice = await hosts.StartAsync(prepare: h => h.Add(asking = new RequestResponseProtocol(h.Swarm, ["/test/1"], static (_, r, _) => new(r))));
        var bob = await hosts.StartAsync(
            o => o with { LoggerFactory = log, Swarm = new SwarmOptions { Limits = limits } }, h => h.Add(new RequestResponseProtocol(h.Swarm, ["/test/1"], static (_, r, _) => new(r))));
        await alice.Swarm.DialAsync(bob.Addresses[0], TestHosts.Deadline);

        await Should.ThrowAsync<IOException>(asking!.RequestAsync(bob.Id, new byte[60_000], TestHosts.Deadline));

        await log.UntilAsync("/test/1", "SwarmOptions.Limits.Peer.Memory");
        await TestHosts.UntilAsync(() => bob.Swarm.Ledger.Used(ResourceKind.Memory) == limits.ConnectionMemory, "nothing stays reserved");
    }

    [Theory]
    [InlineData(256, 512 * 1024)]
    [InlineData(255, 256 * 1024)]
    public void Window_ReaderKeepsUp_GrowsOnlyWithTheLedgersLeave_AndGivesItBack(int allowedKiB, int window)
    {
        var ledger = new ResourceLedger(new SwarmOptions { Limits = new ResourceLimits { Peer = new ScopeLimits { Memory = allowedKiB * 1024 } } });
        var session = new YamuxSession(initiator: true, new YamuxOptions(), new WindowMemory(ledger, _peer.Id));
        session.TryOpen(out var stream).ShouldBeTrue();
        for (var now = 1; now < 10; now++)
        {
            stream.TryTakeReceiveWindow(stream.ReceiveLimit / 2).ShouldBeTrue();
            session.Consume(stream, stream.ReceiveLimit / 2, now, roundTripTicks: 100).ShouldBeGreaterThan(0u);
        }

        stream.ReceiveLimit.ShouldBe((uint)window);
        ledger.UsedBy(_peer.Id, ResourceKind.Memory).ShouldBe(window - YamuxOptions.InitialWindow);
        stream.MarkReset();
        session.RemoveIfDone(stream);
        session.ReleaseGrowth();
        ledger.Used(ResourceKind.Memory).ShouldBe(0);
    }

    [Fact]
    public async Task Transfer_WindowsGrow_AreCounted_AndGivenBackWithTheConnection()
    {
        await using var hosts = new TestHosts("memory");
        var alice = await hosts.StartAsync();
        var bob = await hosts.StartAsync(o => o with { ServePerf = true });
        var connection = await alice.Swarm.DialAsync(bob.Addresses[0], TestHosts.Deadline);
        await alice.Perf.MeasureAsync(bob.Id, 32 << 20, 32 << 20, TestHosts.Deadline);

        await connection.CloseAsync(TestHosts.Deadline);

        await TestHosts.UntilAsync(() => alice.Swarm.Ledger.Used(ResourceKind.Memory) == 0 && bob.Swarm.Ledger.Used(ResourceKind.Memory) == 0, "all is given back");
        alice.Swarm.Ledger.AccountCount.ShouldBe(0);
    }
}
