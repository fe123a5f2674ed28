using IppanFleet.Libp2p.Identity;
using IppanFleet.Libp2p.Multiformats;
using IppanFleet.Libp2p.Swarm;

namespace IppanFleet.Libp2p.Tests.Attacks;

/// <summary>CVE-2022-23486, CVE-2022-23492: connections and streams without end, against each limit by itself.</summary>
[Trait("area", "libp2p")]
[Trait("area", "attack")]
public sealed class ExhaustionAttackTests
{
    private const int Limit = 10;
    private const int Attempts = 1000;

    /// <summary>One limit of ten stands and all others are off: of a thousand claims ten are granted, and the refusal names the limit. With that one off as well, all are.</summary>
    [Theory]
    [InlineData(nameof(ResourceScope.Peer), true)]
    [InlineData(nameof(ResourceScope.Peer), false)]
    [InlineData(nameof(ResourceScope.Ip), true)]
    [InlineData(nameof(ResourceScope.Ip), false)]
    [InlineData(nameof(ResourceScope.Subnet), true)]
    [InlineData(nameof(ResourceScope.Subnet), false)]
    [InlineData(nameof(ResourceScope.Node), true)]
    [InlineData(nameof(ResourceScope.Node), false)]
    [InlineData(nameof(ResourceScope.Process), true)]
    [InlineData(nameof(ResourceScope.Process), false)]
    public void Connections_WithoutEnd_AreBoundedUnlessTheLimitIsOff(string scope, bool defended) =>
        Claim(ResourceKind.InboundConnections, Enum.Parse<ResourceScope>(scope), defended, new ScopeLimits { Connections = Limit });

    [Theory]
    [InlineData(nameof(ResourceScope.Peer), true)]
    [InlineData(nameof(ResourceScope.Peer), false)]
    [InlineData(nameof(ResourceScope.Protocol), true)]
    [InlineData(nameof(ResourceScope.Protocol), false)]
    [InlineData(nameof(ResourceScope.Node), true)]
    [InlineData(nameof(ResourceScope.Node), false)]
    [InlineData(nameof(ResourceScope.Process), true)]
    [InlineData(nameof(ResourceScope.Process), false)]
    public void Streams_WithoutEnd_AreBoundedUnlessTheLimitIsOff(string scope, bool defended) =>
        Claim(ResourceKind.InboundStreams, Enum.Parse<ResourceScope>(scope), defended, new ScopeLimits { InboundStreams = Limit });

    private static void Claim(ResourceKind kind, ResourceScope scope, bool defended, ScopeLimits limits)
    {
        using var attacker = PeerIdentity.Generate();
        ScopeLimits none = new(), set = defended ? limits : none;
        var ledger = new ResourceLedger(new SwarmOptions
        {
            MaxConnections = scope == ResourceScope.Node ? set.Connections : int.MaxValue,
            MaxConnectionsPerPeer = scope == ResourceScope.Peer ? set.Connections : int.MaxValue,
            Process = new ProcessResources(Of(ResourceScope.Process)),
            Limits = new ResourceLimits { Node = Of(ResourceScope.Node), Peer = Of(ResourceScope.Peer), Ip = Of(ResourceScope.Ip), Subnet = Of(ResourceScope.Subnet), Protocol = Of(ResourceScope.Protocol) },
        });
        // From one address, and for the limit of a network from many addresses of it.
        var granted = 0;
        ResourceRefusal? refusal = null;
        for (var i = 0; i < Attempts; i++)
        {
            var host = scope == ResourceScope.Subnet ? i % 250 : 1;
            var claim = new ResourceClaim(kind, 1, attacker.Id, IpGroup.Of(Multiaddr.Parse($"/ip4/203.0.113.{host}/tcp/1"), loopback: false), "/ping");
            if (ledger.TryTake(claim) is { } refused) refusal = refused;
            else granted++;
        }

        granted.ShouldBe(defended ? Limit : Attempts);
        refusal?.Scope.ShouldBe(scope);
        (refusal is not null).ShouldBe(defended);

        ScopeLimits Of(ResourceScope of) => of == scope ? set : none;
    }
}
