using IppanFleet.Grains;
using IppanFleet.Hosting.Access;
using IppanFleet.Libp2p.Identity;
using IppanFleet.Libp2p.Multiformats;

namespace IppanFleet.Hosting.Tests.Access;

public sealed class AccessTableTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch.AddYears(50);
    private static readonly PeerId Peer = PeerIdentity.FromSeed(new byte[32]).Id;

    [Theory]
    [InlineData("192.0.2.0/24", "/ip4/192.0.2.77/tcp/1", true)]
    [InlineData("192.0.2.0/24", "/ip4/192.0.3.77/tcp/1", false)]
    [InlineData("192.0.2.1/32", "/ip4/192.0.2.1/tcp/1", true)]
    [InlineData("192.0.2.1/32", "/ip4/192.0.2.2/tcp/1", false)]
    [InlineData("192.0.2.0/24", "/ip6/::ffff:192.0.2.9/tcp/1", true)]
    [InlineData("2001:db8::/33", "/ip6/2001:db8:7fff::1/tcp/1", true)]
    [InlineData("2001:db8::/33", "/ip6/2001:db8:8000::1/tcp/1", false)]
    [InlineData("0.0.0.0/0", "/ip4/198.51.100.1/tcp/1", true)]
    [InlineData("0.0.0.0/0", "/ip6/2001:db8::1/tcp/1", false)]
    [InlineData("0.0.0.0/0", "/memory/7", false)]
    public void BannedNetwork_RefusesItsAddresses(string network, string address, bool refused)
    {
        var table = new AccessTable(new AccessList { Bans = [new AccessRule { Subject = network }] });
        table.Allows(Multiaddr.Parse(address), Now).ShouldBe(!refused);
        table.Allows(Peer, Multiaddr.Parse(address), Now).ShouldBe(!refused);
    }

    [Fact]
    public void BannedPeer_IsRefusedEverywhere_ButNotItsAddress()
    {
        var table = new AccessTable(new AccessList { Bans = [Of(Peer)] });
        var address = Multiaddr.Parse("/ip4/192.0.2.1/tcp/1");
        table.Allows(Peer, address, Now).ShouldBeFalse();
        table.AllowsAuthor(Peer, Now).ShouldBeFalse();
        table.Allows(address, Now).ShouldBeTrue();
    }

    [Fact]
    public void AllowedPeer_IsReachedByNoBan()
    {
        var table = new AccessTable(new AccessList { Bans = [Of(Peer), new AccessRule { Subject = "192.0.2.0/24" }], Allowed = [Of(Peer)] });
        table.Allows(Peer, Multiaddr.Parse("/ip4/192.0.2.1/tcp/1"), Now).ShouldBeTrue();
        table.AllowsAuthor(Peer, Now).ShouldBeTrue();
        table.Allowed.ShouldBe([Peer.ToString()]);
    }

    [Fact]
    public void BannedAddress_MayShakeHands_WhileAPeerIsAllowed()
    {
        AccessRule ban = new() { Subject = "192.0.2.0/24" };
        var address = Multiaddr.Parse("/ip4/192.0.2.1/tcp/1");
        var table = new AccessTable(new AccessList { Bans = [ban], Allowed = [Of(Peer) with { Until = Now.AddSeconds(10) }] });
        table.AllowsHandshake(address, Now).ShouldBeTrue();
        table.Allows(PeerIdentity.FromSeed([.. Enumerable.Repeat((byte)1, 32)]).Id, address, Now).ShouldBeFalse();
        table.Allows(address, Now).ShouldBeFalse("an address of which nobody is known is not dialed");
        table.AllowsHandshake(address, Now.AddSeconds(10)).ShouldBeFalse();
        new AccessTable(new AccessList { Bans = [ban], Allowed = [new AccessRule { Subject = "198.51.100.0/24" }] }).AllowsHandshake(address, Now).ShouldBeFalse();
    }

    [Fact]
    public void AllowedNetwork_IsReachedByNoBanOfANetwork_ButByThatOfAPeer()
    {
        var table = new AccessTable(new AccessList { Bans = [Of(Peer), new AccessRule { Subject = "192.0.0.0/8" }], Allowed = [new AccessRule { Subject = "192.0.2.0/24" }] });
        var address = Multiaddr.Parse("/ip4/192.0.2.1/tcp/1");
        table.Allows(address, Now).ShouldBeTrue();
        table.Allows(Peer, address, Now).ShouldBeFalse();
    }

    [Fact]
    public void Ban_ThatHasEnded_DoesNotCount()
    {
        var table = new AccessTable(new AccessList { Bans = [Of(Peer) with { Until = Now.AddSeconds(10) }, new AccessRule { Subject = "192.0.2.0/24", Until = Now.AddSeconds(10) }] });
        var address = Multiaddr.Parse("/ip4/192.0.2.1/tcp/1");
        table.Allows(Peer, Multiaddr.Parse("/memory/1"), Now.AddSeconds(9)).ShouldBeFalse();
        table.Allows(address, Now.AddSeconds(9)).ShouldBeFalse();
        table.Allows(Peer, address, Now.AddSeconds(10)).ShouldBeTrue();
    }

    private static AccessRule Of(PeerId peer) => new() { Subject = peer.ToString() };
}
