using IppanFleet.Grains;
using IppanFleet.Hosting.Access;
using IppanFleet.Hosting.Demo;
using IppanFleet.Hosting.Gossip;
using IppanFleet.Hosting.Identities;
using IppanFleet.Hosting.Nodes;
using IppanFleet.Libp2p.Multiformats;
using Microsoft.Extensions.Logging.Abstractions;
using NSubstitute;
using Orleans.Runtime;

namespace IppanFleet.Hosting.Tests.Access;

public sealed class NodeAccessTests
{
    [Fact]
    public void Set_AnotherVersion_IsInForceFromTheNextQuestionOn()
    {
        var access = new NodeAccess(TimeProvider.System);
        var address = Multiaddr.Parse("/ip4/192.0.2.1/tcp/1");
        access.WhenKnown.IsCompleted.ShouldBeFalse();
        access.Set(new AccessList { Version = 4 }).ShouldBeTrue();
        access.WhenKnown.IsCompleted.ShouldBeTrue();
        access.AllowAccept(address).ShouldBeTrue();
        var banned = new AccessList { Version = 5, Bans = [new AccessRule { Subject = "192.0.2.0/24" }] };
        access.Set(banned).ShouldBeTrue();
        access.Set(banned).ShouldBeFalse();
        access.AllowAccept(address).ShouldBeFalse();
        access.AllowDial(null, address).ShouldBeFalse();
        (access.Refused, access.Bans, access.Version).ShouldBe((2, 1, 5));
    }

    [Fact]
    public async Task Node_BeforeTheBansAreKnown_DoesNotListen()
    {
        var options = new FleetOptions { StartTimeout = TimeSpan.FromMilliseconds(200) };
        var networks = new MemoryNetworks();
        using var queue = new GossipQueue(options.Gossip);
        var events = new NodeEvents(new FirstSeen(options.Gossip, TimeProvider.System), queue, new DeliveryLedger());
        var silo = Substitute.For<ILocalSiloDetails>();
        silo.SiloAddress.Returns(SiloAddress.New(System.Net.IPAddress.Loopback, 1, 1));
        var access = new NodeAccess(TimeProvider.System);
        await using var host = new NodeTransportHost(options, new NodeIdentities(options), networks, events, access, silo, TimeProvider.System, NullLogger<NodeTransport>.Instance);
        var spec = new NodeSpec { Name = "a", Identity = "a" };
        (await Should.ThrowAsync<IOException>(() => host.StartAsync(spec, [], TimeProvider.System.GetTimestamp(), CancellationToken.None))).Message.ShouldContain("bans are not known");
        networks.Nodes.ShouldBeEmpty();

        access.Set(new AccessList { Version = 1 });
        await host.StartAsync(spec, [], TimeProvider.System.GetTimestamp(), CancellationToken.None);
        networks.Nodes.ShouldHaveSingleItem();
    }
}
