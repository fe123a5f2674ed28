using System.Net;
using System.Net.Sockets;
using IppanFleet.Libp2p.Multiformats;
using IppanFleet.Libp2p.Swarm;

namespace IppanFleet.Libp2p.Tests.Swarm;

[Trait("area", "libp2p")]
public sealed class DialingTests
{
    private static readonly IpPrefix Victim = IpGroup.Of(Multiaddr.Parse("/ip4/8.8.8.8/tcp/1"), loopback: false).Host;
    private static readonly IpPrefix Other = IpGroup.Of(Multiaddr.Parse("/ip4/8.8.4.4/tcp/1"), loopback: false).Host;

    [Fact]
    public void Rank_NearBeforeFar_TcpAndIp6First_NoDuplicates()
    {
        string[] best =
        [
            "/memory/a", "/ip6/::1/tcp/1", "/ip4/127.0.0.1/tcp/1", "/ip4/127.0.0.1/udp/1/quic-v1", "/ip6/fd00::1/tcp/1", "/ip4/10.0.0.1/tcp/1", "/ip4/100.64.0.1/tcp/1",
            "/ip6/2001:db8::1/tcp/1", "/ip4/8.8.8.8/tcp/1", "/ip4/8.8.8.8/udp/1/quic-v1", "/ip4/127.0.0.1/tcp/1/p2p-circuit",
        ];
        var shuffled = best.Concat(best).Select(Multiaddr.Parse).ToArray();
        new Random(7).Shuffle(shuffled);

        var ranked = AddressRanking.Rank(shuffled, max: 32).Select(a => a.ToString()).ToList();

        // Equal ranks keep the order in which they came.
        ranked.Remove("/ip4/100.64.0.1/tcp/1").ShouldBeTrue();
        ranked.ShouldBe(best.Where(a => a != "/ip4/100.64.0.1/tcp/1"));
        AddressRanking.Rank(shuffled, max: 3).Count.ShouldBe(3);
    }

    [Fact]
    public void Backoff_DoublesToItsCap_IsForgottenBySuccess_AndBounded()
    {
        var time = new FakeTime();
        var backoff = new AddressBackoff(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5), capacity: 8);
        var address = Multiaddr.Parse("/ip4/8.8.8.8/tcp/1");
        foreach (var pause in new[] { 1, 2, 4, 5, 5 })
        {
            backoff.Failed(address, time.GetUtcNow());
            time.Advance(TimeSpan.FromSeconds(pause) - TimeSpan.FromTicks(1));
            backoff.IsOpen(address, time.GetUtcNow()).ShouldBeFalse();
            time.Advance(TimeSpan.FromTicks(1));
            backoff.IsOpen(address, time.GetUtcNow()).ShouldBeTrue();
        }
        backoff.Succeeded(address);
        backoff.Count.ShouldBe(0);
        for (var port = 1; port < 100; port++) backoff.Failed(Multiaddr.Parse($"/ip4/8.8.8.8/tcp/{port}"), time.GetUtcNow());
        backoff.Count.ShouldBeLessThanOrEqualTo(8);
    }

    [Fact]
    public async Task Slots_BoundDialsByHostAndInAll_AndAreGivenBack()
    {
        var slots = new DialSlots(concurrent: 2, waiting: 1, perHost: 2);
        (await slots.EnterAsync(Victim, TestHosts.Deadline)).ShouldBeNull();
        (await slots.EnterAsync(Victim, TestHosts.Deadline)).ShouldBeNull();
        var waiting = slots.EnterAsync(default, TestHosts.Deadline).AsTask();
        waiting.IsCompleted.ShouldBeFalse();
        (await slots.EnterAsync(default, TestHosts.Deadline)).ShouldNotBeNull().Option.ShouldBe("SwarmOptions.MaxQueuedDials");
        slots.Leave(Victim);
        (await waiting).ShouldBeNull();
        slots.Leave(default);
        (await slots.EnterAsync(Victim, TestHosts.Deadline)).ShouldBeNull();
    }

    [Fact]
    public async Task Slots_HostHasItsShare_ItWaitsAndOthersPassIt()
    {
        var slots = new DialSlots(concurrent: 4, waiting: 4, perHost: 1);
        (await slots.EnterAsync(Victim, TestHosts.Deadline)).ShouldBeNull();
        var second = slots.EnterAsync(Victim, TestHosts.Deadline).AsTask();
        slots.Explain(Victim).Option.ShouldBe("SwarmOptions.MaxDialsPerHost");
        (await slots.EnterAsync(Other, TestHosts.Deadline)).ShouldBeNull();
        second.IsCompleted.ShouldBeFalse();

        slots.Leave(Other);
        second.IsCompleted.ShouldBeFalse("the place is another host's");
        slots.Leave(Victim);

        (await second).ShouldBeNull();
    }

    [Fact]
    public async Task Slots_WaiterGivesUp_HoldsNothing()
    {
        var slots = new DialSlots(concurrent: 1, waiting: 1, perHost: 1);
        (await slots.EnterAsync(Victim, TestHosts.Deadline)).ShouldBeNull();
        using var impatient = new CancellationTokenSource();
        var waiting = slots.EnterAsync(Victim, impatient.Token).AsTask();
        slots.Waiting.ShouldBe(1);

        await impatient.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(waiting);
        slots.Waiting.ShouldBe(0);
        slots.Leave(Victim);
        (await slots.EnterAsync(Victim, TestHosts.Deadline)).ShouldBeNull();
    }

    [Fact]
    public async Task Dial_HostHasItsShare_WaitsAndIsRefusedWithTheLimitInTheEnd()
    {
        await using var hosts = new TestHosts("tcp");
        var clock = new FakeTime();
        var swarm = new SwarmOptions { MaxDialsPerHost = 1, Limits = new ResourceLimits { LimitLoopback = true } };
        var alice = await hosts.StartAsync(o => o with { Time = clock, Swarm = swarm });
        var bob = await hosts.StartAsync();
        using var silent = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        silent.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        silent.Listen();
        var first = alice.Swarm.DialAsync(Multiaddr.FromEndPoint((IPEndPoint)silent.LocalEndPoint!), TestHosts.Deadline);
        // Once it has spoken, the deadline of its handshake runs.
        using var accepted = await silent.AcceptAsync(TestHosts.Deadline);
        (await accepted.ReceiveAsync(new byte[1], TestHosts.Deadline)).ShouldBe(1);
        var second = alice.Swarm.DialAsync(bob.Addresses[0], TestHosts.Deadline);

        clock.Advance(TimeSpan.FromSeconds(10));

        var refused = await Should.ThrowAsync<SwarmException>(second);
        refused.Refusal.ShouldNotBeNull().Option.ShouldBe("SwarmOptions.MaxDialsPerHost");
        var third = alice.Swarm.DialAsync(bob.Addresses[0], TestHosts.Deadline);
        clock.Advance(TimeSpan.FromSeconds(5));
        (await Should.ThrowAsync<SwarmException>(first)).Fault.ShouldBe(SwarmFault.TimedOut);
        (await third).RemotePeer.ShouldBe(bob.Id, "its turn has come");
    }

    [Fact]
    public async Task Dial_FirstAddressIsSilent_TheNextJoinsInAndWins()
    {
        await using var hosts = new TestHosts("tcp");
        var (alice, bob) = (await hosts.StartAsync(), await hosts.StartAsync());
        using var silent = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        silent.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        silent.Listen();
        var began = TimeProvider.System.GetTimestamp();

        var connection = await alice.Swarm.DialAsync(bob.Id, [Multiaddr.FromEndPoint((IPEndPoint)silent.LocalEndPoint!), Multiaddr.Parse("/ip4/127.0.0.1/tcp/1"), .. bob.Addresses], TestHosts.Deadline);

        connection.RemotePeer.ShouldBe(bob.Id);
        TimeProvider.System.GetElapsedTime(began).ShouldBeLessThan(TimeSpan.FromSeconds(8), "not the silent address's time-out");
        alice.Swarm.ConnectionCount.ShouldBe(1);
    }

    [Fact]
    public async Task Dial_AllAddressesFailedLately_IsRefusedAtOnce_UnlessAskedForByItself()
    {
        await using var hosts = new TestHosts("tcp");
        var alice = await hosts.StartAsync(o => o with { Swarm = new SwarmOptions { DialBackoff = TimeSpan.FromMinutes(1) } });
        var bob = await hosts.StartAsync();
        var dead = Multiaddr.Parse("/ip4/127.0.0.1/tcp/1");

        (await Should.ThrowAsync<SwarmException>(alice.Swarm.DialAsync(bob.Id, [dead], TestHosts.Deadline))).Fault.ShouldBe(SwarmFault.Unreachable);
        (await Should.ThrowAsync<SwarmException>(alice.Swarm.DialAsync(bob.Id, [dead], TestHosts.Deadline))).Fault.ShouldBe(SwarmFault.BackedOff);
        (await Should.ThrowAsync<SwarmException>(alice.Swarm.DialAsync(dead, TestHosts.Deadline))).Fault.ShouldBe(SwarmFault.Unreachable);
    }

    [Fact]
    public async Task Dial_Name_TriesAllItsAddressesUpToABound()
    {
        await using var hosts = new TestHosts("tcp");
        var names = new Names([.. Enumerable.Repeat(IPAddress.Parse("127.0.0.2"), 3), IPAddress.Loopback, .. Enumerable.Repeat(IPAddress.IPv6Loopback, 1000)]);
        var alice = await hosts.StartAsync(o => o with { Swarm = new SwarmOptions { Names = names } });
        var bob = await hosts.StartAsync();
        bob.Swarm.ListenAddresses[0].TryGetTcpEndPoint(out var endPoint).ShouldBeTrue();

        var connection = await alice.Swarm.DialAsync(Multiaddr.Parse($"/dns4/bob.example/tcp/{endPoint!.Port}/p2p/{bob.Id}"), TestHosts.Deadline);

        connection.RemotePeer.ShouldBe(bob.Id);
        names.Asked.ShouldBe(["bob.example InterNetwork"]);
        (await new AddressResolver(names, maxPerName: 8).ResolveAsync([Multiaddr.Parse("/dns/x/tcp/1")], TestHosts.Deadline)).Addresses.Count.ShouldBe(8);
    }

    [Fact]
    public async Task SimultaneousDials_BothEndsPreferTheSame_AndTheOtherEnds()
    {
        for (var round = 0; round < 10; round++)
        {
            await using var hosts = new TestHosts("memory");
            var clock = new FakeTime();
            var (alice, bob) = (await hosts.StartAsync(o => o with { Time = clock }), await hosts.StartAsync(o => o with { Time = clock }));
            await Task.WhenAll(alice.Swarm.DialAsync(bob.Addresses[0], TestHosts.Deadline), bob.Swarm.DialAsync(alice.Addresses[0], TestHosts.Deadline));
            await TestHosts.UntilAsync(() => alice.Swarm.ConnectionCount == bob.Swarm.ConnectionCount && alice.Swarm.Connections.Concat(bob.Swarm.Connections).All(c => c.StreamCount == 0), "both know of both, Identify is done");
            if (alice.Swarm.ConnectionCount == 1) continue;
            var lower = alice.Id.CompareTo(bob.Id) < 0 ? alice : bob;
            var higher = lower == alice ? bob : alice;
            lower.Swarm.FindConnection(higher.Id)!.Direction.ShouldBe(Direction.Outbound);
            higher.Swarm.FindConnection(lower.Id)!.Direction.ShouldBe(Direction.Inbound);

            clock.Advance(TimeSpan.FromSeconds(16));

            await TestHosts.UntilAsync(() => alice.Swarm.ConnectionCount == 1 && bob.Swarm.ConnectionCount == 1, "the redundant one ends");
            lower.Swarm.Connections[0].Direction.ShouldBe(Direction.Outbound);
            (await alice.Ping.PingAsync(bob.Id, TestHosts.Deadline)).ShouldBeGreaterThan(TimeSpan.Zero);
            return;
        }
        Assert.Fail("ten rounds, and never both at once");
    }

    private sealed class Names(IPAddress[] answer) : INameService
    {
        internal List<string> Asked { get; } = [];

        public Task<IPAddress[]> FindAddressesAsync(string name, AddressFamily family, CancellationToken cancellationToken)
        {
            Asked.Add($"{name} {family}");
            return Task.FromResult(answer);
        }

        public Task<IReadOnlyList<string>> FindTextsAsync(string name, int max, CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<string>>([]);
    }
}
