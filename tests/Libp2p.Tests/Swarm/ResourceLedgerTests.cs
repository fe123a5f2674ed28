using IppanFleet.Libp2p.Identity;
using IppanFleet.Libp2p.Multiformats;
using IppanFleet.Libp2p.Swarm;

namespace IppanFleet.Libp2p.Tests.Swarm;

[Trait("area", "libp2p")]
public sealed class ResourceLedgerTests
{
    private static readonly ResourceKind[] Kinds = Enum.GetValues<ResourceKind>();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void RandomClaims_TenThousand_AreNeverNegativeNorOverALimit_AndAllAreReleased(int seed)
    {
        var random = new Random(seed);
        var process = new ProcessResources(new ScopeLimits { Connections = 60, InboundStreams = 70, Memory = 9000 });
        var limits = new ResourceLimits
        {
            Node = new ScopeLimits { InboundStreams = 50, OutboundStreams = 50, Memory = 8000 },
            Peer = new ScopeLimits { InboundStreams = 8, OutboundStreams = 8, Memory = 2000 },
            Ip = new ScopeLimits { Connections = 10, Handshakes = 4 },
            Subnet = new ScopeLimits { Connections = 20, Handshakes = 8 },
            Protocol = new ScopeLimits { InboundStreams = 20, OutboundStreams = 20, Memory = 4000 },
        };
        var ledgers = Enumerable.Range(0, 2).Select(_ => new ResourceLedger(new SwarmOptions { Limits = limits, Process = process, MaxConnections = 40, MaxPendingInbound = 12 })).ToArray();
        var peers = Enumerable.Range(0, 12).Select(_ => PeerIdentity.Generate()).ToArray();
        var held = new List<(ResourceLedger Ledger, ResourceClaim Claim)>();
        var refused = 0;

        for (var i = 0; i < 10_000; i++)
        {
            if (held.Count > 0 && random.Next(100) < 45)
            {
                var at = random.Next(held.Count);
                held[at].Ledger.Release(held[at].Claim);
                held.RemoveAt(at);
            }
            else
            {
                var ledger = ledgers[random.Next(2)];
                // The sum is never asked for by itself: it follows from the directions.
                var kind = Kinds[random.Next(1, Kinds.Length)];
                var claim = new ResourceClaim(
                    kind, kind == ResourceKind.Memory ? random.Next(1000) : 1, random.Next(4) == 0 ? null : peers[random.Next(peers.Length)].Id,
                    IpGroup.Of(Multiaddr.Parse($"/ip4/10.0.{random.Next(3)}.{random.Next(4)}/tcp/1"), loopback: false), random.Next(2) == 0 ? null : $"/p/{random.Next(4)}");
                if (ledger.TryTake(claim) is { } refusal)
                {
                    refused++;
                    refusal.Option.ShouldNotBeEmpty();
                    refusal.Use.ShouldBeInRange(0, refusal.Limit);
                }
                else if (random.Next(5) == 0 && ledger.TryReplace(claim, claim with { Protocol = "/p/other" }) is null)
                {
                    held.Add((ledger, claim with { Protocol = "/p/other" }));
                }
                else
                {
                    held.Add((ledger, claim));
                }
            }
            foreach (var ledger in ledgers)
            {
                foreach (var kind in Kinds) ledger.Used(kind).ShouldBeGreaterThanOrEqualTo(0);
                ledger.Used(ResourceKind.Connections).ShouldBe(ledger.Used(ResourceKind.InboundConnections) + ledger.Used(ResourceKind.OutboundConnections));
                ledger.Used(ResourceKind.Connections).ShouldBeLessThanOrEqualTo(40);
                ledger.Used(ResourceKind.Handshakes).ShouldBeLessThanOrEqualTo(12);
            }
            foreach (var kind in Kinds) process.Used(kind).ShouldBe(ledgers.Sum(l => l.Used(kind)));
        }

        refused.ShouldBeGreaterThan(100);
        (from ledger in ledgers from kind in Kinds from scope in Enum.GetValues<ResourceScope>() select ledger.Refused(kind, scope)).Sum().ShouldBeGreaterThanOrEqualTo(refused);
        foreach (var (ledger, claim) in held) ledger.Release(claim);
        foreach (var ledger in ledgers) ledger.AccountCount.ShouldBe(0);
        (from ledger in ledgers from kind in Kinds select ledger.Used(kind)).ShouldAllBe(used => used == 0);
        Kinds.ShouldAllBe(kind => process.Used(kind) == 0);
    }

    [Fact]
    public void Refusal_SaysLimitOwnerUseAndOption()
    {
        var ledger = new ResourceLedger(new SwarmOptions { MaxConnectionsPerPeer = 1 });
        using var peer = PeerIdentity.Generate();
        var claim = new ResourceClaim(ResourceKind.InboundConnections, 1, peer.Id);
        ledger.TryTake(claim).ShouldBeNull();

        var refusal = ledger.TryTake(claim).ShouldNotBeNull();

        refusal.ToString().ShouldBe($"connections of peer {peer.Id}: 1 in use, at most 1 (SwarmOptions.MaxConnectionsPerPeer)");
        ledger.Refused(ResourceKind.Connections, ResourceScope.Peer).ShouldBe(1);
        ledger.Used(ResourceKind.Connections).ShouldBe(1, "nothing is taken by a refusal");
    }

    [Fact]
    public void Lease_DisposedTwice_IsGivenBackOnce()
    {
        var ledger = new ResourceLedger(new SwarmOptions());
        var claim = new ResourceClaim(ResourceKind.Memory, 100);
        ledger.TryTake(claim).ShouldBeNull();
        ledger.TryTake(claim).ShouldBeNull();
        var lease = new ResourceLease(ledger, claim);

        lease.Dispose();
        lease.Dispose();

        ledger.Used(ResourceKind.Memory).ShouldBe(100);
    }

    [Theory]
    [InlineData("/ip4/10.1.2.3/tcp/1", "10.1.2.3/32", "10.1.2.0/24")]
    [InlineData("/ip6/2001:db8:1:2ff:3::4/tcp/1", "2001:db8:1:2ff::/64", "2001:db8:1:200::/56")]
    [InlineData("/ip6/::ffff:10.1.2.3/tcp/1", "10.1.2.3/32", "10.1.2.0/24")]
    [InlineData("/ip6zone/eth0/ip6/fe80::1/tcp/1", "fe80::/64", "fe80::/56")]
    public void IpGroup_OfAddress_IsItsHostAndNetwork(string address, string host, string subnet)
    {
        var group = IpGroup.Of(Multiaddr.Parse(address), loopback: false);
        group.Host.ToString().ShouldBe(host);
        group.Subnet.ToString().ShouldBe(subnet);
    }

    [Theory]
    [InlineData("/ip4/127.0.0.1/tcp/1", true)]
    [InlineData("/ip6/::1/tcp/1", true)]
    [InlineData("/memory/x", false)]
    public void IpGroup_OfLoopbackAndMemory_IsNoneUnlessAskedFor(string address, bool groupedWhenAsked)
    {
        IpGroup.Of(Multiaddr.Parse(address), loopback: false).Host.IsNone.ShouldBeTrue();
        IpGroup.Of(Multiaddr.Parse(address), loopback: true).Host.IsNone.ShouldBe(!groupedWhenAsked);
    }

    [Fact]
    public void TokenBucket_BurstThenRate_AndBoundedInKeys()
    {
        var time = new FakeTime();
        var buckets = new TokenBuckets<int>(perSecond: 2, burst: 3, capacity: 10);
        for (var i = 0; i < 3; i++) buckets.TryTake(1, time.GetUtcNow()).ShouldBeTrue();
        buckets.TryTake(1, time.GetUtcNow()).ShouldBeFalse();
        time.Advance(TimeSpan.FromSeconds(0.5));
        buckets.TryTake(1, time.GetUtcNow()).ShouldBeTrue();
        buckets.TryTake(1, time.GetUtcNow()).ShouldBeFalse();

        var granted = Enumerable.Range(100, 1000).Count(key => buckets.TryTake(key, time.GetUtcNow()));

        buckets.Count.ShouldBe(10);
        granted.ShouldBe(9 + 3, "nine keys of their own, and the shared allowance");
        time.Advance(TimeSpan.FromSeconds(60));
        buckets.TryTake(5000, time.GetUtcNow()).ShouldBeTrue("full buckets are forgotten");
    }
}
