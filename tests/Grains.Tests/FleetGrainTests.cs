namespace IppanFleet.Grains.Tests;

[Trait("area", "fleet")]
public class FleetGrainTests
{
    [Fact]
    public async Task Reconcile_AfterStart_EveryDesiredNodeRuns()
    {
        await using var cluster = await FleetCluster.StartAsync();
        await cluster.Fleet.Start(new FleetPlan { Nodes = 30, Listen = ["/memory/0"], FirstListen = ["/memory/first"] });
        await cluster.Fleet.Reconcile();

        cluster.Nodes.SiloOf.Count.ShouldBe(30);
        cluster.Nodes.Starts.Values.ShouldAllBe(starts => starts == 1);
        cluster.Nodes.SiblingsOf["node-1"].ShouldBeEmpty();
        cluster.Nodes.SiblingsOf["node-2"].ShouldBe(["/memory/node-1"]);
        cluster.Nodes.SiblingsOf["node-30"].ShouldContain("/memory/node-1");
        cluster.Nodes.SiblingsOf["node-30"].Length.ShouldBe(8);
    }

    [Fact]
    public async Task Start_SecondTime_ChangesNothing()
    {
        await using var cluster = await FleetCluster.StartAsync();
        await cluster.Fleet.Start(new FleetPlan { Nodes = 2 });
        await cluster.Fleet.Start(new FleetPlan { Nodes = 7 });
        (await cluster.Fleet.Snapshot()).Desired.ShouldBe(2);
    }

    [Fact]
    public async Task Reconcile_NodeThatCannotStart_IsToldAndOthersRun()
    {
        await using var cluster = await FleetCluster.StartAsync();
        cluster.Nodes.Refused["node-2"] = "port 1 is taken";
        await cluster.Fleet.Start(new FleetPlan { Nodes = 4 });
        await cluster.Fleet.Reconcile();

        cluster.Nodes.SiloOf.Keys.Order().ShouldBe(["node-1", "node-3", "node-4"]);
        (await cluster.Fleet.Snapshot()).Faults.ShouldBe([new NodeFault { Name = "node-2", Reason = "port 1 is taken" }]);

        cluster.Nodes.Refused.Clear();
        await cluster.Fleet.Reconcile();
        cluster.Nodes.SiloOf.Count.ShouldBe(4);
        (await cluster.Fleet.Snapshot()).Faults.ShouldBeEmpty();
    }

    [Fact]
    public async Task Reconcile_NodeWhoseNetworkFailed_StartsAgain()
    {
        await using var cluster = await FleetCluster.StartAsync();
        await cluster.Fleet.Start(new FleetPlan { Nodes = 3 });
        await cluster.Fleet.Reconcile();
        cluster.Nodes.Failed["node-3"] = true;
        await cluster.Fleet.Reconcile();
        cluster.Nodes.Starts["node-3"].ShouldBe(2);
        cluster.Nodes.Starts["node-2"].ShouldBe(1);
    }

    [Fact]
    public async Task Scale_DownAndUp_NewestGoAndNamesAreNotUsedTwice()
    {
        await using var cluster = await FleetCluster.StartAsync();
        await cluster.Fleet.Start(new FleetPlan { Nodes = 4 });
        await cluster.Fleet.Reconcile();
        await cluster.Fleet.Scale(2);
        cluster.Nodes.SiloOf.Keys.Order().ShouldBe(["node-1", "node-2"]);
        await cluster.Fleet.Scale(3);
        await cluster.Fleet.Reconcile();
        cluster.Nodes.SiloOf.Keys.Order().ShouldBe(["node-1", "node-2", "node-5"]);
        await Should.ThrowAsync<ArgumentOutOfRangeException>(() => cluster.Fleet.Scale(FleetKeys.MaxNodes + 1));
    }

    [Fact]
    public async Task Snapshot_IsPutTogetherFromSilos()
    {
        await using var cluster = await FleetCluster.StartAsync();
        await cluster.Fleet.Start(new FleetPlan { Nodes = 3 });
        await cluster.Fleet.Summarise(new SiloSummary { Silo = "a", Dropped = 1, Nodes = [Node("node-1", NodePhase.Joined, 2), Node("node-2", NodePhase.Starting, 4)] });
        await cluster.Fleet.Summarise(new SiloSummary { Silo = "b", Nodes = [Node("node-3", NodePhase.Failed, 0)] });

        var snapshot = await cluster.Fleet.Snapshot();
        snapshot.ShouldBe(new FleetSnapshot
        {
            Desired = 3, Up = 2, Joined = 1, Silos = 2, Peers = 9, MeshMin = 2, MeshAverage = 3, Delivered = 30, Dropped = 1, Faults = snapshot.Faults,
        });
        (await cluster.Fleet.Nodes(1, 1)).Single().Name.ShouldBe("node-2");
        (await cluster.Fleet.Nodes(0, 100)).Length.ShouldBe(3);
    }

    [Fact]
    public async Task KilledSilo_ItsNodesComeBackElsewhere()
    {
        await using var cluster = await FleetCluster.StartAsync(silos: 2);
        var plan = new FleetPlan { Nodes = 10 };
        await cluster.Fleet.Start(plan);
        await cluster.Fleet.Reconcile();
        cluster.Nodes.SiloOf.Values.Distinct().Count().ShouldBe(2);
        var victim = cluster.Cluster.Silos[0];
        foreach (var lost in cluster.Nodes.SiloOf.Where(node => node.Value == victim.Name)) cluster.Nodes.SiloOf.TryRemove(lost);
        await cluster.Cluster.KillSiloAsync(victim);

        await FleetCluster.UntilAsync(
            async () =>
            {
                await cluster.Fleet.Start(plan);
                await cluster.Fleet.Reconcile();
                return cluster.Nodes.SiloOf.Count == 10;
            },
            "all nodes run again");
        cluster.Nodes.SiloOf.Values.ShouldAllBe(silo => silo != victim.Name);
    }

    private static NodeSummary Node(string name, NodePhase phase, int mesh) =>
        new() { Name = name, Phase = phase, Addresses = [$"/memory/{name}"], Peers = 3, Delivered = 10, Meshes = [new MeshSummary { Topic = "t", Peers = mesh }] };
}
