using IppanFleet.Libp2p.Identity;
using IppanFleet.Libp2p.Multiformats;
using IppanFleet.Libp2p.Muxers.Yamux;
using IppanFleet.Libp2p.Protocols.Identify;
using IppanFleet.Libp2p.Protocols.RequestResponse;
using IppanFleet.Libp2p.Swarm;

namespace IppanFleet.Libp2p.Tests.Swarm;

[Trait("area", "libp2p")]
public sealed class AnnouncementTests
{
    [Fact]
    public async Task Identify_FillsTheStore_AndCertifiesTheRecord()
    {
        await using var hosts = new TestHosts("tcp");
        var (alice, bob) = (await hosts.StartAsync(), await hosts.StartAsync());
        await alice.Swarm.DialAsync(bob.Addresses[0], TestHosts.Deadline);
        await TestHosts.UntilAsync(() => bob.Swarm.FindInfo(alice.Id) is not null, "bob knows alice");

        bob.Swarm.Store.AddressesOf(alice.Id).ShouldBe(alice.Swarm.ListenAddresses);
        bob.Swarm.Store.ProtocolsOf(alice.Id).ShouldContain("/ipfs/ping/1.0.0");
        bob.Swarm.Store.FindRecord(alice.Id)!.Value.Record.Addresses.ShouldBe(alice.Swarm.ListenAddresses);
        foreach (var connection in bob.Swarm.Connections) await connection.CloseAsync(TestHosts.Deadline);
        await TestHosts.UntilAsync(() => bob.Swarm.ConnectionCount == 0, "closed");
        (await bob.Swarm.DialAsync(alice.Id, TestHosts.Deadline)).RemotePeer.ShouldBe(alice.Id);
    }

    [Fact]
    public async Task AnnouncedAndFilteredAddresses_AreSettingsOfTheirOwn()
    {
        await using var hosts = new TestHosts("memory");
        var announced = Multiaddr.Parse("/ip4/8.8.8.8/tcp/4001");
        var alice = await hosts.StartAsync(o => o with { Swarm = new SwarmOptions { AnnounceAddresses = [announced, Multiaddr.Parse("/ip4/10.0.0.1/tcp/4001")], AddressFilter = a => a.Parts[0].Text != "10.0.0.1" } });
        var bob = await hosts.StartAsync(o => o with { Swarm = new SwarmOptions { AddressFilter = a => !a.Equals(announced) } });
        await bob.Swarm.DialAsync(alice.Swarm.ListenAddresses[0].WithPeer(alice.Id), TestHosts.Deadline);
        await TestHosts.UntilAsync(() => bob.Swarm.FindInfo(alice.Id) is not null, "bob knows alice");

        alice.Addresses.ShouldBe([announced.WithPeer(alice.Id)]);
        bob.Swarm.FindInfo(alice.Id)!.ListenAddresses.ShouldBe([announced]);
        bob.Swarm.Store.AddressesOf(alice.Id).ShouldBeEmpty("bob's filter leaves it out");
    }

    [Fact]
    public async Task NewListenAddress_IsPushed_NoMoreOftenThanTheInterval()
    {
        await using var hosts = new TestHosts("memory");
        var clock = new FakeTime();
        var alice = await hosts.StartAsync(o => o with { Time = clock, Identify = new IdentifyOptions { PushInterval = TimeSpan.FromSeconds(5) } });
        var heard = new Counter();
        var bob = await hosts.StartAsync(prepare: host => host.Add(heard));
        await alice.Swarm.DialAsync(bob.Addresses[0], TestHosts.Deadline);
        await TestHosts.UntilAsync(() => heard.Count == 1 && alice.Swarm.FindInfo(bob.Id) is not null, "both identified");

        await alice.Swarm.ListenAsync(Multiaddr.Parse("/memory/0"), TestHosts.Deadline);
        clock.Advance(TimeSpan.Zero);
        await TestHosts.UntilAsync(() => heard.Count == 2, "pushed");
        bob.Swarm.FindInfo(alice.Id)!.ListenAddresses.Count.ShouldBe(2);
        bob.Swarm.Store.FindRecord(alice.Id)!.Value.Record.Addresses.Count.ShouldBe(2);
        for (var i = 0; i < 3; i++) await alice.Swarm.ListenAsync(Multiaddr.Parse("/memory/0"), TestHosts.Deadline);
        clock.Advance(TimeSpan.FromSeconds(4.9));
        heard.Count.ShouldBe(2);
        clock.Advance(TimeSpan.FromSeconds(0.1));
        await TestHosts.UntilAsync(() => bob.Swarm.FindInfo(alice.Id)!.ListenAddresses.Count == 5, "the three travelled together");
        heard.Count.ShouldBe(3);
    }

    [Fact]
    public async Task Request_IsAnswered_AndBoundedInSizeTimeAndNumber()
    {
        await using var hosts = new TestHosts("memory");
        var hold = new TaskCompletionSource();
        var options = new RequestResponseOptions { MaxRequestSize = 100, MaxResponseSize = 1000, MaxInboundPerPeer = 2, Timeout = TimeSpan.FromSeconds(5) };
        RequestResponseProtocol? asking = null, answering = null;
        var alice = await hosts.StartAsync(prepare: h => h.Add(asking = new RequestResponseProtocol(h.Swarm, ["/test/1"], (_, r, _) => new(r), options with { MaxResponseSize = 500, MaxOutboundPerPeer = 4 })));
        var bob = await hosts.StartAsync(prepare: h => h.Add(answering = new RequestResponseProtocol(h.Swarm, ["/test/1"], async (_, r, ct) =>
        {
            if (r.Span[0] == 'w') await hold.Task.WaitAsync(ct);
            return r.Span[0] == 'L' ? new byte[900] : r.ToArray();
        }, options)));
        await alice.Swarm.DialAsync(bob.Addresses[0], TestHosts.Deadline);

        (await asking!.RequestAsync(bob.Id, "hello"u8.ToArray(), TestHosts.Deadline)).ShouldBe("hello"u8.ToArray());
        await Should.ThrowAsync<ArgumentException>(asking.RequestAsync(bob.Id, new byte[101], TestHosts.Deadline));
        (await Should.ThrowAsync<ChannelException>(asking.RequestAsync(bob.Id, "L"u8.ToArray(), TestHosts.Deadline))).Fault.ShouldBe(ChannelFault.LimitExceeded);
        var waiting = new[] { asking.RequestAsync(bob.Id, "w1"u8.ToArray(), TestHosts.Deadline), asking.RequestAsync(bob.Id, "w2"u8.ToArray(), TestHosts.Deadline) };
        await TestHosts.UntilAsync(() => answering!.Serving == 2, "two are served");
        (await Should.ThrowAsync<ChannelException>(asking.RequestAsync(bob.Id, "third"u8.ToArray(), TestHosts.Deadline))).Fault.ShouldBe(ChannelFault.Reset);
        hold.SetResult();
        (await Task.WhenAll(waiting)).Length.ShouldBe(2);
        await TestHosts.UntilAsync(() => answering!.Serving == 0, "all is given back");
    }

    [Fact]
    [Trait("area", "attack")]
    public async Task Request_NeverAnswered_TimesOut_AndIsRefusedOverTheLimit()
    {
        await using var hosts = new TestHosts("memory");
        var options = new RequestResponseOptions { Timeout = TimeSpan.FromMilliseconds(300), MaxOutboundPerPeer = 1 };
        RequestResponseProtocol? asking = null;
        var alice = await hosts.StartAsync(prepare: h => h.Add(asking = new RequestResponseProtocol(h.Swarm, ["/test/1"], (_, r, _) => new(r), options)));
        var bob = await hosts.StartAsync(prepare: h => h.Add(new RequestResponseProtocol(h.Swarm, ["/test/1"], async (_, r, ct) =>
        {
            await Task.Delay(Timeout.Infinite, ct);
            return r;
        })));
        await alice.Swarm.DialAsync(bob.Addresses[0], TestHosts.Deadline);

        var first = asking!.RequestAsync(bob.Id, new byte[1], TestHosts.Deadline);
        (await Should.ThrowAsync<SwarmException>(asking.RequestAsync(bob.Id, new byte[1], TestHosts.Deadline))).Fault.ShouldBe(SwarmFault.LimitExceeded);
        (await Should.ThrowAsync<SwarmException>(first)).Fault.ShouldBe(SwarmFault.TimedOut);
    }

    /// <summary>A remote that never closes a stream we are done with holds it for a bounded time.</summary>
    [Theory]
    [Trait("area", "attack")]
    [InlineData(0, 0)]
    [InlineData(3600, 1)]
    public async Task DisposedStream_RemoteNeverCloses_IsResetAfterTheLinger(int lingerSeconds, int left)
    {
        await using var hosts = new TestHosts("memory");
        var clock = new FakeTime();
        var alice = await hosts.StartAsync(o => o with { Time = clock, Yamux = new YamuxOptions { LingerTimeout = TimeSpan.FromSeconds(lingerSeconds) } });
        var bob = await hosts.StartAsync(prepare: host => host.Add(new Holder()));
        var connection = await alice.Swarm.DialAsync(bob.Addresses[0], TestHosts.Deadline);
        await TestHosts.UntilAsync(() => alice.Swarm.FindInfo(bob.Id) is not null && bob.Swarm.FindInfo(alice.Id) is not null && connection.StreamCount == 0, "Identify is done");
        var stream = await alice.Swarm.OpenStreamAsync(bob.Id, ["/hold/1"], TestHosts.Deadline);
        await stream.WriteAsync(new byte[1], TestHosts.Deadline);
        await stream.DisposeAsync();
        connection.StreamCount.ShouldBe(1);

        clock.Advance(TimeSpan.FromSeconds(16));

        connection.StreamCount.ShouldBe(left);
    }

    private sealed class Holder : IProtocolHandler
    {
        public IReadOnlyList<string> Protocols { get; } = ["/hold/1"];

        public async ValueTask HandleAsync(PeerStream stream, CancellationToken cancellationToken) => await Task.Delay(Timeout.Infinite, cancellationToken);
    }

    private sealed class Counter : IPeerObserver
    {
        private int _count;

        internal int Count => Volatile.Read(ref _count);

        public void PeerConnected(PeerId peer, PeerConnection connection)
        {
            // Only what Identify tells is counted.
        }

        public void PeerIdentified(PeerId peer, PeerInfo info) => Interlocked.Increment(ref _count);

        public void PeerDisconnected(PeerId peer)
        {
            // As above.
        }
    }
}
