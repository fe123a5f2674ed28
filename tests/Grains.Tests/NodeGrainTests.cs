namespace IppanFleet.Grains.Tests;

[Trait("area", "fleet")]
public class NodeGrainTests
{
    [Fact]
    public async Task Ensure_ChangedSpec_StartsAnew()
    {
        await using var cluster = await FleetCluster.StartAsync();
        var node = cluster.Cluster.Client.GetGrain<INodeGrain>("a");
        await node.Ensure(new NodeSpec { Name = "a", Listen = ["/memory/1"] });
        await node.Ensure(new NodeSpec { Name = "a", Listen = ["/memory/1"] });
        cluster.Nodes.Starts["a"].ShouldBe(1);
        await node.Ensure(new NodeSpec { Name = "a", Listen = ["/memory/2"] });
        cluster.Nodes.Starts["a"].ShouldBe(2);
    }

    [Fact]
    public async Task Stop_NodeIsGoneAndNoSibling()
    {
        await using var cluster = await FleetCluster.StartAsync();
        var node = cluster.Cluster.Client.GetGrain<INodeGrain>("a");
        await node.Ensure(new NodeSpec { Name = "a" });
        (await cluster.Fleet.Siblings("b")).ShouldBe(["/memory/a"]);
        await node.Stop();
        (await cluster.Fleet.Siblings("b")).ShouldBeEmpty();
        (await node.Status()).ShouldBeNull();
    }

    [Fact]
    public async Task Publish_GoesToTheTransport()
    {
        await using var cluster = await FleetCluster.StartAsync();
        var node = cluster.Cluster.Client.GetGrain<INodeGrain>("a");
        (await node.PublishBlock(new byte[7])).ShouldBe(new PublishOutcome { IsSent = true, Peers = 7, Reason = "Block" });
        (await node.PublishTransaction(new byte[3])).ShouldBe(new PublishOutcome { IsSent = true, Peers = 3, Reason = "Transaction" });
    }
}
