using IppanFleet.Hosting;
using IppanFleet.Samples;

namespace IppanFleet.Testing.Tests;

/// <summary>The samples of docs/testing.md: what stands between the marks is what stands there, and runs here.</summary>
[Trait("area", "fleet")]
public sealed class DocumentationSamples
{
    [Fact]
    public void Document_CodeInCSharp_IsTheSamplesThatRun() => SampleCode.ShouldBeWhatRuns("docs/testing.md", "tests/Testing.Tests/DocumentationSamples.cs");

    // sample: gossip
    [Fact]
    public async Task Block_PublishedAtOneNode_ReachesAllOthers()
    {
        await using var fleet = await TestFleet.StartAsync(nodes: 20, silos: 3);

        var block = await fleet.PublishBlockAsync(at: fleet.Node(7));

        await fleet.Expect.AllReceiveAsync(block, within: TimeSpan.FromSeconds(5));
        Assert.Equal(19, block.Received.Count);
    }
    // end

    // sample: partition
    [Fact]
    public async Task Block_PublishedDuringAPartition_ArrivesOnceItHeals()
    {
        await using var fleet = await TestFleet.StartAsync(nodes: 6);
        var (left, right) = (fleet.Nodes.Take(3), fleet.Nodes.Skip(3));
        fleet.Partition(left, right);

        var block = await fleet.PublishBlockAsync(at: fleet.Node(1));
        await fleet.Expect.ReceivedByAsync(block, left.Skip(1), within: TimeSpan.FromSeconds(5));
        await fleet.Expect.NoneReceiveAsync(block, right, during: TimeSpan.FromMilliseconds(300));

        fleet.Heal();
        await fleet.Expect.AllReceiveAsync(block, within: TimeSpan.FromSeconds(10));
    }
    // end

    // sample: crash
    [Fact]
    public async Task Silo_ThatDies_LosesNoNode()
    {
        await using var fleet = await TestFleet.StartAsync(new TestFleetOptions
        {
            Nodes = 6,
            Silos = 3,
            Transport = FleetTransport.Tcp,                                 // real sockets, on loopback
            Seed = 42,                                                      // the same identities and chances with each run
            ConfigureNode = (name, config) => config with { RequireBlockSignatures = true },
        });
        fleet.Latency(TimeSpan.FromMilliseconds(5), TimeSpan.FromMilliseconds(40));
        fleet.Loss(0.01);
        var peers = fleet.Nodes.ToDictionary(node => node.Name, node => node.PeerId);

        await fleet.KillAsync(fleet.Silos[0]);                              // its nodes come back in the other silos
        await fleet.KillAsync(fleet.Node(2));                               // stays dead until it is restarted
        await fleet.Expect.AllJoinAsync(within: TimeSpan.FromSeconds(20));
        await fleet.RestartAsync(fleet.Node(2));

        var block = await fleet.PublishBlockAsync();
        await fleet.Expect.AllReceiveAsync(block, within: TimeSpan.FromSeconds(10));
        Assert.All(fleet.Nodes, node => Assert.Equal(peers[node.Name], node.PeerId));
    }
    // end
}
