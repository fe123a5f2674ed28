using IppanFleet.Libp2p.Identity;
using IppanFleet.Libp2p.Multiformats;
using IppanFleet.Libp2p.Swarm;

namespace IppanFleet.Libp2p.Tests.Swarm;

[Trait("area", "libp2p")]
public sealed class ConnectionManagerTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Usefulness_OrdersByProtectionTagsStreamsDirectionAge()
    {
        var least = new Usefulness(Protected: false, 0, Busy: false, Outbound: false, Now);
        Usefulness[] rising =
        [
            least with { Score = -1, Busy = true }, least, least with { OpenedAt = Now.AddSeconds(-1) }, least with { Outbound = true },
            least with { Busy = true }, least with { Score = 1 }, least with { Protected = true, Score = -5 },
        ];
        for (var i = 1; i < rising.Length; i++) rising[i].CompareTo(rising[i - 1]).ShouldBePositive($"{i}");
    }

    [Fact]
    public void Outranks_EqualIdle_ButNotBusyNorProtectedNorDialed()
    {
        var newcomer = new Usefulness(Protected: false, 0, Busy: false, Outbound: false, Now);
        newcomer.Outranks(newcomer with { OpenedAt = Now.AddHours(-1) }).ShouldBeTrue();
        newcomer.Outranks(newcomer with { Busy = true }).ShouldBeFalse();
        newcomer.Outranks(newcomer with { Outbound = true }).ShouldBeFalse();
        newcomer.Outranks(newcomer with { Protected = true, Score = -9 }).ShouldBeFalse();
        (newcomer with { Score = 1 }).Outranks(newcomer with { Busy = true }).ShouldBeTrue();
        (newcomer with { Protected = true }).Outranks(newcomer with { Score = 100, Busy = true }).ShouldBeTrue();
    }

    [Fact]
    public void Protection_WithTwoTags_EndsWithTheLast()
    {
        var manager = new ConnectionManager();
        using var peer = PeerIdentity.Generate();
        manager.Protect(peer.Id, "a");
        manager.Protect(peer.Id, "b");
        manager.Unprotect(peer.Id, "a").ShouldBeTrue();
        manager.IsProtected(peer.Id).ShouldBeTrue();
        manager.Unprotect(peer.Id, "b").ShouldBeFalse();
        manager.IsProtected(peer.Id).ShouldBeFalse();
        manager.SetTag(peer.Id, "x", 5);
        manager.SetTag(peer.Id, "y", 7);
        manager.ScoreOf(peer.Id).ShouldBe(12);
        manager.SetTag(peer.Id, "x", 0);
        manager.SetTag(peer.Id, "y", 0);
        manager.HasFavourites.ShouldBeFalse();
    }

    [Fact]
    public async Task FullHost_TaggedPeerComes_TheLeastUsefulGivesWay()
    {
        await using var hosts = new TestHosts("memory");
        var victim = await hosts.StartAsync(o => o with { Swarm = new SwarmOptions { MaxConnections = 2, GracePeriod = TimeSpan.Zero } });
        var (kept, idle, better) = (await hosts.StartAsync(), await hosts.StartAsync(), await hosts.StartAsync());
        victim.Swarm.Manager.Protect(kept.Id, "test");
        victim.Swarm.Manager.SetTag(better.Id, "test", 10);
        await kept.Swarm.DialAsync(victim.Addresses[0], TestHosts.Deadline);
        await idle.Swarm.DialAsync(victim.Addresses[0], TestHosts.Deadline);
        await TestHosts.UntilAsync(() => victim.Swarm.ConnectionCount == 2, "the host is full");

        await better.Swarm.DialAsync(victim.Addresses[0], TestHosts.Deadline);

        await TestHosts.UntilAsync(() => victim.Swarm.FindConnection(better.Id) is not null && victim.Swarm.FindConnection(idle.Id) is null, "the idle one gave way");
        victim.Swarm.FindConnection(kept.Id).ShouldNotBeNull();
        victim.Swarm.Ledger.Used(ResourceKind.Connections).ShouldBe(2);
        (await better.Ping.PingAsync(victim.Id, TestHosts.Deadline)).ShouldBeGreaterThan(TimeSpan.Zero);
    }

    [Fact]
    public async Task FullHost_AllProtected_RefusesTheNewcomer()
    {
        await using var hosts = new TestHosts("memory");
        var victim = await hosts.StartAsync(o => o with { Swarm = new SwarmOptions { MaxConnections = 1, GracePeriod = TimeSpan.Zero } });
        var (kept, newcomer) = (await hosts.StartAsync(), await hosts.StartAsync());
        victim.Swarm.Manager.Protect(kept.Id, "test");
        await victim.Swarm.DialAsync(kept.Addresses[0], TestHosts.Deadline);

        (await Should.ThrowAsync<SwarmException>(victim.Swarm.DialAsync(newcomer.Addresses[0], TestHosts.Deadline))).Refusal.ShouldNotBeNull().Option.ShouldBe("SwarmOptions.MaxConnections");
        victim.Swarm.FindConnection(kept.Id).ShouldNotBeNull();
    }

    [Fact]
    public async Task HighWater_Passed_IsTrimmedToLowWaterButKeepsProtected()
    {
        await using var hosts = new TestHosts("memory");
        var clock = new FakeTime();
        var victim = await hosts.StartAsync(o => o with { Time = clock, Swarm = new SwarmOptions { HighWater = 5, LowWater = 3, GracePeriod = TimeSpan.FromSeconds(10) } });
        var peers = new List<Libp2pHost>();
        for (var i = 0; i < 6; i++)
        {
            peers.Add(await hosts.StartAsync());
            await peers[i].Swarm.DialAsync(victim.Addresses[0], TestHosts.Deadline);
        }
        foreach (var peer in peers.Take(2)) victim.Swarm.Manager.Protect(peer.Id, "test");
        await TestHosts.UntilAsync(() => victim.Swarm.ConnectionCount == 6, "six are connected");

        clock.Advance(TimeSpan.FromSeconds(15));

        await TestHosts.UntilAsync(() => victim.Swarm.ConnectionCount == 3, "three are left");
        peers.Take(2).ShouldAllBe(peer => victim.Swarm.FindConnection(peer.Id) != null);
    }

    [Fact]
    public async Task PeerThatComesBackBeforeItsLastConnectionsAreTidiedUpAfter_IsLetIn()
    {
        await using var hosts = new TestHosts("memory");
        using var tidied = new ManualResetEventSlim();
        using var log = new LogCapture { OnLine = line => _ = !line.Contains(" ended:", StringComparison.Ordinal) || tidied.Wait(TimeSpan.FromSeconds(20)) };
        var busy = await hosts.StartAsync(o => o with { LoggerFactory = log, Swarm = new SwarmOptions { MaxConnectionsPerPeer = 2 } });
        var visitor = await hosts.StartAsync();
        for (var visit = 1; visit <= 4; visit++)
        {
            var connection = await visitor.Swarm.DialAsync(busy.Addresses[0], TestHosts.Deadline);
            await TestHosts.UntilAsync(() => Count("Connected to ") == visit, "it is let in");
            await connection.CloseAsync(TestHosts.Deadline);
            await TestHosts.UntilAsync(() => Count(" ended:") == visit && visitor.Swarm.ConnectionCount == 0, "its end is noticed");
        }

        tidied.Set();
        await TestHosts.UntilAsync(() => busy.Swarm.ConnectionCount == 0 && busy.Swarm.Ledger.AccountCount == 0, "everything is given back, once");

        int Count(string text) => log.Lines.Count(line => line.Contains(text, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("dial")]
    [InlineData("accept")]
    [InlineData("secured")]
    [InlineData("upgraded")]
    [InlineData("throws")]
    public async Task Gater_RefusesAtEachStep(string step)
    {
        await using var hosts = new TestHosts("memory");
        using var log = new LogCapture();
        var gated = await hosts.StartAsync(o => o with { LoggerFactory = log, Swarm = new SwarmOptions { Gater = new Gater(step) } });
        var other = await hosts.StartAsync();

        if (step is "dial" or "throws")
        {
            (await Should.ThrowAsync<SwarmException>(gated.Swarm.DialAsync(other.Addresses[0], TestHosts.Deadline))).Fault.ShouldBe(SwarmFault.Gated);
            return;
        }
        try
        {
            await other.Swarm.DialAsync(gated.Addresses[0], TestHosts.Deadline);
        }
        catch (SwarmException)
        {
            // Turned away before or after its own end was up.
        }
        await log.UntilAsync("Inbound connection from /memory/", "allow");
        gated.Swarm.ConnectionCount.ShouldBe(0);
        gated.Swarm.Ledger.AccountCount.ShouldBe(0);
    }

    [Fact]
    public async Task CloseRefused_AfterTheGaterChangedItsMind_EndsWhatItNoLongerAllows()
    {
        await using var hosts = new TestHosts("memory");
        var gater = new ChangingGater();
        var gated = await hosts.StartAsync(o => o with { Swarm = new SwarmOptions { Gater = gater } });
        var (kept, banned) = (await hosts.StartAsync(), await hosts.StartAsync());
        await kept.Swarm.DialAsync(gated.Addresses[0], TestHosts.Deadline);
        await gated.Swarm.DialAsync(banned.Addresses[0], TestHosts.Deadline);
        await TestHosts.UntilAsync(() => gated.Swarm.ConnectionCount == 2, "two connections");
        gated.Swarm.CloseRefused().ShouldBe(0);

        gater.Refused = banned.Id;
        gated.Swarm.CloseRefused().ShouldBe(1);

        await TestHosts.UntilAsync(() => gated.Swarm.ConnectionCount == 1 && banned.Swarm.ConnectionCount == 0, "one connection");
        gated.Swarm.Peers.ShouldBe([kept.Id]);
    }

    [Fact]
    public async Task Observer_HearsOfConnectionsAndFailures()
    {
        await using var hosts = new TestHosts("memory");
        var heard = new Observer();
        var alice = await hosts.StartAsync(prepare: host => host.Add(heard));
        var bob = await hosts.StartAsync();

        await alice.Swarm.DialAsync(bob.Addresses[0], TestHosts.Deadline);
        await bob.DisposeAsync();
        await Should.ThrowAsync<SwarmException>(alice.Swarm.DialAsync(Multiaddr.Parse("/memory/nobody"), TestHosts.Deadline));

        await TestHosts.UntilAsync(() => heard.Lines.Count == 3, string.Join(", ", heard.Lines));
        heard.Lines[0].ShouldStartWith("opened");
        heard.Lines.ShouldContain(line => line.StartsWith("closed"));
        heard.Lines.ShouldContain("failed /memory/nobody Unreachable");
    }

    private sealed class ChangingGater : IConnectionGater
    {
        internal PeerId? Refused { get; set; }

        public bool AllowSecured(Direction direction, PeerId peer, Multiaddr remoteAddress) => peer != Refused;
    }

    private sealed class Gater(string refused) : IConnectionGater
    {
        public bool AllowDial(PeerId? peer, Multiaddr address) => refused == "throws" ? throw new InvalidOperationException("broken") : refused != "dial";

        public bool AllowAccept(Multiaddr remoteAddress) => refused != "accept";

        public bool AllowSecured(Direction direction, PeerId peer, Multiaddr remoteAddress) => refused != "secured";

        public bool AllowUpgraded(PeerConnection connection) => refused != "upgraded";
    }

    private sealed class Observer : IConnectionObserver
    {
        internal List<string> Lines { get; } = [];

        public void ConnectionOpened(PeerConnection connection) => Add($"opened {connection}");

        public void ConnectionClosed(PeerConnection connection, string reason) => Add($"closed {reason}");

        public void DialFailed(Multiaddr address, SwarmFault fault, string reason) => Add($"failed {address} {fault}");

        private void Add(string line)
        {
            lock (Lines) Lines.Add(line);
        }
    }
}
