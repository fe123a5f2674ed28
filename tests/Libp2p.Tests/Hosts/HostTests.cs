using IppanFleet.Libp2p.Identity;
using IppanFleet.Libp2p.Multiformats;
using IppanFleet.Libp2p.Protocols.Identify;
using IppanFleet.Libp2p.Swarm;

namespace IppanFleet.Libp2p.Tests.Hosts;

[Trait("area", "libp2p")]
public sealed class HostTests
{
    [Theory]
    [InlineData("tcp")]
    [InlineData("memory")]
    public async Task Dial_AnotherHost_ConnectsBothAndIdentifies(string transport)
    {
        await using var hosts = new TestHosts(transport);
        var alice = await hosts.StartAsync(o => o with { Identify = new IdentifyOptions { AgentVersion = "alice/1", ProtocolVersion = "/test/1" } });
        var bob = await hosts.StartAsync(o => o with { Identify = new IdentifyOptions { AgentVersion = "bob/2" } });

        var connection = await alice.Swarm.DialAsync(bob.Addresses[0], TestHosts.Deadline);

        connection.RemotePeer.ShouldBe(bob.Id);
        connection.Direction.ShouldBe(Direction.Outbound);
        await TestHosts.UntilAsync(() => alice.Swarm.FindInfo(bob.Id) is not null && bob.Swarm.FindInfo(alice.Id) is not null, "both identified");
        var seen = bob.Swarm.FindInfo(alice.Id)!;
        seen.AgentVersion.ShouldBe("alice/1");
        seen.ProtocolVersion.ShouldBe("/test/1");
        seen.Protocols.ShouldContain("/ipfs/ping/1.0.0");
        seen.ListenAddresses.ShouldBe(alice.Swarm.ListenAddresses);
        alice.Swarm.FindInfo(bob.Id)!.AgentVersion.ShouldBe("bob/2");
    }

    [Theory]
    [InlineData("tcp")]
    [InlineData("memory")]
    public async Task Ping_ConnectedPeer_IsAnswered(string transport)
    {
        await using var hosts = new TestHosts(transport);
        var (alice, bob) = (await hosts.StartAsync(), await hosts.StartAsync());
        await alice.Swarm.DialAsync(bob.Addresses[0], TestHosts.Deadline);

        for (var i = 0; i < 20; i++) (await alice.Ping.PingAsync(bob.Id, TestHosts.Deadline)).ShouldBeGreaterThan(TimeSpan.Zero);
        (await bob.Ping.PingAsync(alice.Id, TestHosts.Deadline)).ShouldBeGreaterThan(TimeSpan.Zero);
    }

    [Theory]
    [InlineData("tcp")]
    [InlineData("memory")]
    public async Task Perf_64MiBEachWay_Arrives(string transport)
    {
        const ulong Size = 64 << 20;
        await using var hosts = new TestHosts(transport);
        var (alice, bob) = (await hosts.StartAsync(), await hosts.StartAsync(o => o with { ServePerf = true }));
        await alice.Swarm.DialAsync(bob.Addresses[0], TestHosts.Deadline);

        var (up, down) = await alice.Perf.MeasureAsync(bob.Id, Size, Size, TestHosts.Deadline);

        TestContext.Current.TestOutputHelper?.WriteLine($"{transport}: up {Size / up.TotalSeconds / 1e6:0} MB/s, down {Size / down.TotalSeconds / 1e6:0} MB/s");
    }

    [Theory]
    [InlineData("tcp")]
    [InlineData("memory")]
    public async Task Dial_AddressNamesAnotherPeer_IsRefusedAsWrongPeer(string transport)
    {
        await using var hosts = new TestHosts(transport);
        var (alice, bob) = (await hosts.StartAsync(), await hosts.StartAsync());
        using var stranger = PeerIdentity.Generate();

        var refused = await Should.ThrowAsync<SwarmException>(alice.Swarm.DialAsync(bob.Swarm.ListenAddresses[0].WithPeer(stranger.Id), TestHosts.Deadline));

        refused.Fault.ShouldBe(SwarmFault.WrongPeer);
        refused.Message.ShouldContain(bob.Id.ToString());
        await TestHosts.UntilAsync(() => bob.Swarm.ConnectionCount == 0, "bob forgets the connection");
    }

    [Theory]
    [InlineData("tcp")]
    [InlineData("memory")]
    public async Task Dial_Ourselves_IsRefused(string transport)
    {
        await using var hosts = new TestHosts(transport);
        var alice = await hosts.StartAsync();

        (await Should.ThrowAsync<SwarmException>(alice.Swarm.DialAsync(alice.Addresses[0], TestHosts.Deadline))).Fault.ShouldBe(SwarmFault.WrongPeer);
        (await Should.ThrowAsync<SwarmException>(alice.Swarm.DialAsync(alice.Swarm.ListenAddresses[0], TestHosts.Deadline))).Fault.ShouldBe(SwarmFault.WrongPeer);
        await TestHosts.UntilAsync(() => alice.Swarm.ConnectionCount == 0, "no connection to ourselves");
    }

    [Fact]
    public async Task Dial_NobodyListens_SaysWhichAddressAndWhy()
    {
        await using var hosts = new TestHosts("tcp");
        var alice = await hosts.StartAsync();

        var refused = await Should.ThrowAsync<SwarmException>(alice.Swarm.DialAsync(Multiaddr.Parse("/ip4/127.0.0.1/tcp/1"), TestHosts.Deadline));

        refused.Fault.ShouldBe(SwarmFault.Unreachable);
        refused.Message.ShouldBe("/ip4/127.0.0.1/tcp/1: ConnectionRefused");
    }

    [Theory]
    [InlineData("tcp")]
    [InlineData("memory")]
    public async Task Dispose_OneHost_TheOtherHears(string transport)
    {
        await using var hosts = new TestHosts(transport);
        var (alice, bob) = (await hosts.StartAsync(), await hosts.StartAsync());
        await alice.Swarm.DialAsync(bob.Addresses[0], TestHosts.Deadline);
        await TestHosts.UntilAsync(() => bob.Swarm.FindConnection(alice.Id) is not null, "bob has the connection");

        await alice.DisposeAsync();

        await TestHosts.UntilAsync(() => bob.Swarm.ConnectionCount == 0, "bob hears of the end");
        bob.Swarm.FindInfo(alice.Id).ShouldBeNull();
    }

    [Theory]
    [InlineData("tcp")]
    [InlineData("memory")]
    public async Task Dial_SamePeerTwentyTimesAtOnce_MakesOneConnection(string transport)
    {
        await using var hosts = new TestHosts(transport);
        var (alice, bob) = (await hosts.StartAsync(), await hosts.StartAsync());

        var connections = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => alice.Swarm.DialAsync(bob.Addresses[0], TestHosts.Deadline)));

        connections.Distinct().Count().ShouldBe(1);
    }

    [Fact]
    public async Task IdleConnection_WithoutStreams_IsClosed()
    {
        await using var hosts = new TestHosts("memory");
        var alice = await hosts.StartAsync(o => o with { Swarm = new SwarmOptions { IdleConnectionTimeout = TimeSpan.FromMilliseconds(500) } });
        var bob = await hosts.StartAsync();
        await alice.Swarm.DialAsync(bob.Addresses[0], TestHosts.Deadline);

        await TestHosts.UntilAsync(() => alice.Swarm.ConnectionCount == 0, "the idle connection is closed");
    }
}
