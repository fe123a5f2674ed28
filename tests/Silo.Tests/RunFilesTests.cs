using IppanFleet.Grains;
using IppanFleet.Hosting;
using IppanFleet.Silo.Run;

namespace IppanFleet.Silo.Tests;

[Trait("area", "fleet")]
public class RunFilesTests
{
    [Fact]
    public void Report_HasItsForm()
    {
        var status = new FleetStatus
        {
            Desired = 5, Joined = 4, EverJoined = 5, Published = 10, Expected = 40, Delivered = 30, Duplicates = 7, Rejected = 1,
            PropagationP50 = TimeSpan.FromMilliseconds(1.25), PropagationP99 = TimeSpan.FromMicroseconds(9_876),
        };
        RunFiles.Report(status, TimeSpan.FromSeconds(12.3456)).ShouldBe(
            """{"nodes":5,"joined":5,"published":10,"expected":40,"delivered":30,"deliveredRatio":0.75,"duplicates":7,"rejected":1,"propagationMs":{"p50":1.25,"p99":9.876},"seconds":12.346}""");
        RunFiles.Report(new FleetStatus { Desired = 1 }, TimeSpan.FromSeconds(1)).ShouldContain("\"deliveredRatio\":1,");
        RunFiles.Report(new FleetStatus(), TimeSpan.Zero).ShouldContain("\"propagationMs\":{\"p50\":null,\"p99\":null}");
    }

    [Fact]
    public void Ready_HasItsForm()
    {
        var status = new FleetStatus { Nodes = [new NodeSummary { Name = "node-1", PeerId = "12D3", Addresses = ["/ip4/127.0.0.1/tcp/1/p2p/12D3"] }] };
        RunFiles.Ready(status, "http://127.0.0.1:8080").ShouldBe(
            """{"nodes":[{"name":"node-1","peerId":"12D3","addresses":["/ip4/127.0.0.1/tcp/1/p2p/12D3"]}],"http":"http://127.0.0.1:8080"}""");
    }

    [Fact]
    public void Write_ReplacesTheFileAndLeavesNothingElse()
    {
        var directory = Directory.CreateTempSubdirectory("run-files");
        var path = Path.Combine(directory.FullName, "f.json");
        RunFiles.Write(path, "old");
        RunFiles.Write(path, "new");
        File.ReadAllText(path).ShouldBe("new\n");
        directory.GetFiles().Length.ShouldBe(1);
        directory.Delete(recursive: true);
    }
}
