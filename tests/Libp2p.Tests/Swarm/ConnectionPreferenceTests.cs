using IppanFleet.Libp2p.Identity;
using IppanFleet.Libp2p.Multiformats;
using IppanFleet.Libp2p.Swarm;

namespace IppanFleet.Libp2p.Tests.Swarm;

[Trait("area", "libp2p")]
public sealed class ConnectionPreferenceTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Apply_BothEndsInAnyOrderOfArrival_PreferTheSame(int seed)
    {
        var random = new Random(seed);
        using var one = PeerIdentity.Generate();
        using var other = PeerIdentity.Generate();
        for (var round = 0; round < 200; round++)
        {
            var (near, far) = (new List<PeerConnection>(), new List<PeerConnection>());
            for (var i = 0; i < 4; i++)
            {
                // They come together: the ends see them in different orders.
                var (session, direction) = ((ulong)random.NextInt64(), (Direction)random.Next(2));
                near.Add(Connection(other, direction, session, Now.AddMilliseconds(random.Next(1000))));
                far.Add(Connection(one, direction == Direction.Inbound ? Direction.Outbound : Direction.Inbound, session, Now.AddMilliseconds(random.Next(1000))));
            }
            foreach (var count in new[] { 4, 3, 2, 1 })
            {
                ConnectionPreference.Apply(one.Id, near);
                random.Shuffle(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(far));
                ConnectionPreference.Apply(other.Id, far);

                far[0].Session.ShouldBe(near[0].Session);
                near[0].IsRedundant.ShouldBeFalse();
                near[0].SurplusSince.ShouldBeNull();
                near.Skip(1).ShouldAllBe(c => c.IsRedundant);
                // Each redundant connection is somebody's to close.
                foreach (var redundant in near.Skip(1)) (redundant.SurplusSince is not null || far.Single(c => c.Session == redundant.Session).SurplusSince is not null).ShouldBeTrue();
                var gone = near[0].Session;
                near.RemoveAll(c => c.Session == gone);
                far.RemoveAll(c => c.Session == gone);
                near.Count.ShouldBe(count - 1);
            }
        }
    }

    [Fact]
    public void Apply_LaterOneOfTheSameDialer_LeavesTheOldestPreferred_AndIsTheDialersToClose()
    {
        using var self = PeerIdentity.Generate();
        using var peer = PeerIdentity.Generate();
        foreach (var direction in new[] { Direction.Inbound, Direction.Outbound })
        {
            var (old, late) = (Connection(peer, direction, session: 9, Now), Connection(peer, direction, session: 1, Now.AddSeconds(2)));
            List<PeerConnection> list = [late, old];

            ConnectionPreference.Apply(self.Id, list);

            list[0].ShouldBe(old);
            late.SurplusSince.ShouldBe(direction == Direction.Outbound ? Now.AddSeconds(2) : null);
        }
    }

    [Fact]
    public async Task SameDialerTwice_TheSurplusEnds_AndStreamsOfTheOtherLiveOn()
    {
        await using var hosts = new TestHosts("memory");
        var clock = new FakeTime();
        var (alice, bob) = (await hosts.StartAsync(o => o with { Time = clock }), await hosts.StartAsync(o => o with { Time = clock }));
        // Without a peer in the address a dial cannot know that it is connected.
        await Task.WhenAll(alice.Swarm.DialAsync(bob.Swarm.ListenAddresses[0], TestHosts.Deadline), alice.Swarm.DialAsync(bob.Swarm.ListenAddresses[0], TestHosts.Deadline));
        await TestHosts.UntilAsync(() => alice.Swarm.ConnectionCount == 2 && bob.Swarm.ConnectionCount == 2 && alice.Swarm.Connections.Concat(bob.Swarm.Connections).All(c => c.StreamCount == 0), "both are up, Identify is done");
        var kept = alice.Swarm.FindConnection(bob.Id)!;
        bob.Swarm.FindConnection(alice.Id)!.Session.ShouldBe(kept.Session);
        await using var stream = await alice.Swarm.OpenStreamAsync(kept, ["/ipfs/ping/1.0.0"], TestHosts.Deadline);
        var surplus = alice.Swarm.Connections.Single(c => c != kept);
        var busy = await alice.Swarm.OpenStreamAsync(surplus, ["/ipfs/ping/1.0.0"], TestHosts.Deadline);

        clock.Advance(TimeSpan.FromSeconds(16));
        alice.Swarm.ConnectionCount.ShouldBe(2, "it has a stream");
        busy.Abort();
        await TestHosts.UntilAsync(() => surplus.StreamCount == 0, "its stream is gone");
        clock.Advance(TimeSpan.FromSeconds(16));

        await TestHosts.UntilAsync(() => alice.Swarm.ConnectionCount == 1 && bob.Swarm.ConnectionCount == 1, "the surplus ends");
        await stream.WriteAsync(new byte[32], TestHosts.Deadline);
        (await stream.ReadAsync(new byte[32], TestHosts.Deadline)).ShouldBeGreaterThan(0, "the other's stream lives on");
    }

    private static PeerConnection Connection(PeerIdentity peer, Direction direction, ulong session, DateTimeOffset openedAt) =>
        new(peer.PublicKey, Multiaddr.Parse("/memory/1"), Multiaddr.Parse("/memory/2"), direction, openedAt) { Session = session };
}
