using IppanFleet.Grains;
using IppanFleet.Hosting.Reports;
using IppanFleet.P2P;

namespace IppanFleet.Hosting.Tests.Reports;

public sealed class TopicTrackerTests
{
    private readonly TopicTracker _tracker = new("silo", TimeSpan.FromSeconds(5));
    private DateTimeOffset _now = DateTimeOffset.UnixEpoch.AddYears(50);

    [Fact]
    public void FirstReport_IsWhole_AndThenNothingUntilSomethingChanges()
    {
        var (topic, report) = Update(("a", Topic(2, 0)), ("b", Topic(3, 0))).ShouldHaveSingleItem();
        topic.ShouldBe("t");
        report.IsWhole.ShouldBeTrue();
        report.Nodes.Select(node => (node.Node, node.Mesh)).ShouldBe([("a", 2), ("b", 3)]);
        After(1);
        Update(("a", Topic(2, 0)), ("b", Topic(3, 0))).ShouldBeEmpty();
        var changed = Update(("a", Topic(2, 0)), ("b", Topic(4, 0))).ShouldHaveSingleItem().Report;
        changed.IsWhole.ShouldBeFalse();
        changed.Nodes.ShouldHaveSingleItem().Mesh.ShouldBe(4);
    }

    [Fact]
    public void Figures_AreReportedEachPeriod_WithRatesOverTheTimeBetween()
    {
        Update(("a", Topic(2, 0)));
        After(2);
        Update(("a", Topic(2, 100))).ShouldBeEmpty();
        // A change of the mesh does not disturb the rate.
        Update(("a", Topic(3, 100))).ShouldHaveSingleItem().Report.Nodes[0].AcceptedRate.ShouldBe(0);
        After(3);
        var node = Update(("a", Topic(3, 200, 50))).ShouldHaveSingleItem().Report.Nodes.ShouldHaveSingleItem();
        (node.Accepted, node.AcceptedRate, node.DuplicateRate).ShouldBe((200, 40, 10));
        After(5);
        // Silence is a change, too; after that there is nothing to tell but that the silo lives.
        Update(("a", Topic(3, 200, 50))).ShouldHaveSingleItem().Report.Nodes.ShouldHaveSingleItem().AcceptedRate.ShouldBe(0);
        After(5);
        Update(("a", Topic(3, 200, 50))).ShouldHaveSingleItem().Report.Nodes.ShouldBeEmpty();
    }

    [Fact]
    public void Node_ThatLeft_IsGone_AndATopicWithoutNodesIsForgotten()
    {
        Update(("a", Topic(2, 0)), ("b", Topic(2, 0)));
        Update(("a", Topic(2, 0))).ShouldHaveSingleItem().Report.Gone.ShouldBe(["b"]);
        Update().ShouldHaveSingleItem().Report.Gone.ShouldBe(["a"]);
        After(60);
        Update().ShouldBeEmpty();
    }

    [Fact]
    public void TellAll_MakesTheNextReportWhole()
    {
        Update(("a", Topic(2, 0)), ("b", Topic(3, 0)));
        _tracker.TellAll("t");
        var report = Update(("a", Topic(2, 0)), ("b", Topic(3, 0))).ShouldHaveSingleItem().Report;
        report.IsWhole.ShouldBeTrue();
        report.Nodes.Length.ShouldBe(2);
    }

    private static TopicSnapshot Topic(int mesh, long accepted, long duplicates = 0) =>
        new() { Topic = "t", Mesh = [.. Enumerable.Range(0, mesh).Select(i => $"p{i}")], Accepted = accepted, Duplicates = duplicates };

    private void After(int seconds) => _now += TimeSpan.FromSeconds(seconds);

    private List<(string Topic, TopicReport Report)> Update(params (string Node, TopicSnapshot Topic)[] nodes) =>
        _tracker.Update(nodes.Select(node => (node.Node, (IReadOnlyList<TopicSnapshot>)[node.Topic])), _now);
}
