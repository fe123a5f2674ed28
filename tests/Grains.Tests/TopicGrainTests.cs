namespace IppanFleet.Grains.Tests;

[Trait("area", "fleet")]
public class TopicGrainTests
{
    [Fact]
    public async Task Reports_OfSeveralSilos_MakeOneTopic()
    {
        await using var cluster = await FleetCluster.StartAsync();
        var topic = cluster.Cluster.Client.GetGrain<ITopicGrain>("ippan/blocks");
        (await topic.Report(new TopicReport { Silo = "a", IsWhole = true, Nodes = [Node("node-1", 2), Node("node-10", 4)] })).ShouldBeTrue();
        (await topic.Report(new TopicReport { Silo = "b", IsWhole = true, Nodes = [Node("node-2", 6)] })).ShouldBeTrue();
        (await topic.Report(new TopicReport { Silo = "a", Nodes = [Node("node-1", 3)] })).ShouldBeTrue();

        (await topic.Summary()).ShouldBe(new TopicSummary { Topic = "ippan/blocks", Nodes = 3, MeshMin = 3, MeshMax = 6, MeshAverage = 13d / 3, AcceptedRate = 3, DuplicateRate = 6 });
        (await topic.Nodes(0, 100)).Select(node => node.Node).ShouldBe(["node-1", "node-2", "node-10"]);
        (await topic.Nodes(1, 1)).Single().Node.ShouldBe("node-2");

        await topic.Report(new TopicReport { Silo = "a", Gone = ["node-10"] });
        (await topic.Summary()).Nodes.ShouldBe(2);
    }

    [Fact]
    public async Task Report_OfChangesToANewGrain_IsToldToBeNoWhole()
    {
        await using var cluster = await FleetCluster.StartAsync();
        var topic = cluster.Cluster.Client.GetGrain<ITopicGrain>("t");
        (await topic.Report(new TopicReport { Silo = "a", Nodes = [Node("node-1", 2)] })).ShouldBeFalse();
        (await topic.Summary()).ShouldBe(new TopicSummary { Topic = "t" });
    }

    [Fact]
    public async Task Node_ThatMoved_CountsOnce()
    {
        await using var cluster = await FleetCluster.StartAsync();
        var topic = cluster.Cluster.Client.GetGrain<ITopicGrain>("t");
        await topic.Report(new TopicReport { Silo = "a", IsWhole = true, Nodes = [Node("node-1", 2)] });
        await topic.Report(new TopicReport { Silo = "b", IsWhole = true, Nodes = [Node("node-1", 5)] });
        var summary = await topic.Summary();
        (summary.Nodes, summary.MeshMin).ShouldBe((1, 5));
    }

    private static NodeTopic Node(string name, int mesh) => new() { Node = name, Mesh = mesh, AcceptedRate = 1, DuplicateRate = 2 };
}
