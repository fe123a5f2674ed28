using IppanFleet.Grains;
using IppanFleet.Hosting.Reports;
using IppanFleet.P2P;

namespace IppanFleet.Hosting.Tests.Reports;

public sealed class PeerTrackerTests
{
    private static readonly DateTimeOffset Start = DateTimeOffset.UnixEpoch.AddYears(50);

    private static readonly PeerClaims Claims = new() { Agent = "a/0" };

    private readonly PeerTracker _tracker = new("node-1", TimeSpan.FromMinutes(1));
    private DateTimeOffset _now = Start;

    [Fact]
    public void Peer_ThatComes_IsReportedOnce()
    {
        var report = Update(Peer()).ShouldHaveSingleItem();
        (report.Node, report.PeerId, report.IsConnected, report.IsMeaningful, report.Connections, report.Accepted).ShouldBe(("node-1", "p", true, true, 1, 5));
        Update(Peer()).ShouldBeEmpty();
    }

    [Fact]
    public void Peer_ThatHasNotSaidWhoItIs_IsReportedOnceItHas_OrAfterAMoment()
    {
        Update(Peer() with { Claims = PeerClaims.None }).ShouldBeEmpty();
        Update().ShouldBeEmpty("it was told of by nobody");
        Update(Peer() with { Claims = PeerClaims.None }).ShouldBeEmpty();
        _now += TimeSpan.FromSeconds(1);
        Update(Peer()).ShouldHaveSingleItem().Agent.ShouldBe("a/0");
        Update(Peer(), Peer() with { PeerId = "mute", Claims = PeerClaims.None }).ShouldBeEmpty();
        _now += PeerTracker.Introduction;
        Update(Peer(), Peer() with { PeerId = "mute", Claims = PeerClaims.None }).ShouldHaveSingleItem().PeerId.ShouldBe("mute");
    }

    [Fact]
    public void Figures_AreReportedOnceAMinute_AsDifferences()
    {
        Update(Peer());
        _now += TimeSpan.FromSeconds(59);
        Update(Peer() with { Accepted = 8, Rejected = 1 }).ShouldBeEmpty();
        _now += TimeSpan.FromSeconds(1);
        var report = Update(Peer() with { Accepted = 9, Rejected = 1 }).ShouldHaveSingleItem();
        (report.IsMeaningful, report.Connections, report.Accepted, report.Rejected).ShouldBe((false, 0, 4, 1));
        Update(Peer() with { Accepted = 9, Rejected = 1 }).ShouldBeEmpty();
    }

    [Fact]
    public void MeaningfulChange_IsReportedAtOnce()
    {
        Update(Peer());
        Update(Peer() with { Address = "/memory/2" }).ShouldHaveSingleItem().Address.ShouldBe("/memory/2");
        Update(Peer() with { Address = "/memory/2", Standing = PeerStanding.Untrusted }).ShouldHaveSingleItem().Band.ShouldBe(PeerBand.Untrusted);
        var claims = new PeerClaims { Agent = "a/1" };
        Update(Peer() with { Address = "/memory/2", Standing = PeerStanding.Untrusted, Claims = claims }).ShouldHaveSingleItem().Agent.ShouldBe("a/1");
        Update(Peer() with { Address = "/memory/2", Standing = PeerStanding.Untrusted, Claims = claims }).ShouldBeEmpty();
    }

    [Fact]
    public void Peer_ThatCameAgain_IsAnotherConnection_AndItsCountsBeginAnew()
    {
        Update(Peer());
        var report = Update(Peer() with { ConnectedAt = Start.AddSeconds(5), Accepted = 2 }).ShouldHaveSingleItem();
        (report.Connections, report.Accepted).ShouldBe((1, 2));
    }

    [Fact]
    public void Peer_ThatGoes_IsReportedAndForgotten()
    {
        Update(Peer());
        var report = Update().ShouldHaveSingleItem();
        (report.IsConnected, report.IsMeaningful, report.Connections, report.Accepted, report.Band).ShouldBe((false, true, 0, 0, PeerBand.Good));
        Update().ShouldBeEmpty();
        Update(Peer()).ShouldHaveSingleItem().Connections.ShouldBe(1);
    }

    [Fact]
    public void Peer_ThatGoesBecauseOfABan_IsReportedAsBanned()
    {
        Update(Peer());
        List<PeerReport> reports = [];
        _tracker.Update([], _ => true, _now, reports.Add);
        reports.ShouldHaveSingleItem().Band.ShouldBe(PeerBand.Banned);
    }

    private static PeerSnapshot Peer() => new() { PeerId = "p", Address = "/memory/1", ConnectedAt = Start, Accepted = 5, Claims = Claims };

    private List<PeerReport> Update(params PeerSnapshot[] peers)
    {
        List<PeerReport> reports = [];
        _tracker.Update(peers, _ => false, _now, reports.Add);
        return reports;
    }
}
