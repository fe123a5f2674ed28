using IppanFleet.Grains;
using IppanFleet.Hosting.Reports;

namespace IppanFleet.Hosting.Tests.Reports;

public sealed class ReportQueueTests
{
    private readonly ReportQueue _queue = new(new ReportOptions { QueueLength = 3 });

    [Fact]
    public void Reports_OfOnePeer_BecomeOne()
    {
        _queue.Add(Report("p", connections: 1, isMeaningful: true));
        _queue.Add(Report("q"));
        _queue.Add(Report("p", accepted: 7) with { Address = "/memory/2" });
        _queue.Coalesced.ShouldBe(1);
        var taken = _queue.Take(10);
        taken.Select(report => report.PeerId).ShouldBe(["p", "q"]);
        (taken[0].Connections, taken[0].Accepted, taken[0].IsMeaningful, taken[0].Address).ShouldBe((1, 7, true, "/memory/2"));
        _queue.Count.ShouldBe(0);
    }

    [Fact]
    public void FullQueue_DropsFurtherPeers_NotKnownOnes()
    {
        foreach (var peer in new[] { "p", "q", "r", "s" }) _queue.Add(Report(peer));
        _queue.Add(Report("p", accepted: 1));
        (_queue.Count, _queue.Dropped, _queue.Coalesced).ShouldBe((3, 1, 1));
    }

    [Fact]
    public void Take_LeavesTheRestInOrder()
    {
        foreach (var peer in new[] { "p", "q", "r" }) _queue.Add(Report(peer));
        _queue.Take(2).Select(report => report.PeerId).ShouldBe(["p", "q"]);
        _queue.Add(Report("p"));
        _queue.Take(2).Select(report => report.PeerId).ShouldBe(["r", "p"]);
    }

    private static PeerReport Report(string peer, int connections = 0, long accepted = 0, bool isMeaningful = false) =>
        new() { Node = "node-1", PeerId = peer, Connections = connections, Accepted = accepted, IsMeaningful = isMeaningful };
}
