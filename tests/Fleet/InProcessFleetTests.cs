using System.Text.Json;
using IppanFleet.Hosting;
using IppanFleet.Silo.Options;
using IppanFleet.Silo.Run;

namespace IppanFleet.FleetTests;

/// <summary>Whole fleets in this process.</summary>
[Trait("area", "fleet")]
public sealed class InProcessFleetTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("fleet-tests");

    [Theory]
    [InlineData(FleetTransport.Tcp, 5, 1)]
    [InlineData(FleetTransport.Memory, 20, 1)]
    [InlineData(FleetTransport.Memory, 9, 3)]
    public async Task Demo_EverythingIsDelivered(FleetTransport transport, int nodes, int silos)
    {
        var options = new SiloOptions
        {
            Fleet = new FleetOptions { Nodes = nodes, Silos = silos, Transport = transport, Demo = new DemoOptions { Rate = 5 } },
            HttpListen = new Uri("http://127.0.0.1:0"),
            For = TimeSpan.FromSeconds(8),
            ReportFile = Path.Combine(_directory.FullName, "report.json"),
            ReadyFile = Path.Combine(_directory.FullName, "ready.json"),
        };
        var (output, error) = (new StringWriter(), new StringWriter());
        var code = await new SiloRun(options, output, error, isTerminal: false, TimeProvider.System).RunAsync(CancellationToken.None);

        error.ToString().ShouldBe("");
        code.ShouldBe(0);
        output.ToString().ShouldNotContain("\e");
        using var report = JsonDocument.Parse(await File.ReadAllTextAsync(options.ReportFile));
        var figures = report.RootElement;
        figures.GetProperty("joined").GetInt32().ShouldBe(nodes);
        var published = figures.GetProperty("published").GetInt64();
        published.ShouldBeGreaterThan(10);
        figures.GetProperty("expected").GetInt64().ShouldBe(published * (nodes - 1));
        figures.GetProperty("deliveredRatio").GetDouble().ShouldBe(1);
        figures.GetProperty("rejected").GetInt64().ShouldBe(0);
        figures.GetProperty("propagationMs").GetProperty("p50").GetDouble().ShouldBeGreaterThan(0);

        using var ready = JsonDocument.Parse(await File.ReadAllTextAsync(options.ReadyFile));
        var addresses = ready.RootElement.GetProperty("nodes").EnumerateArray().Select(node => (Id: node.GetProperty("peerId").GetString(), Address: node.GetProperty("addresses")[0].GetString()!)).ToArray();
        addresses.Length.ShouldBe(nodes);
        addresses.ShouldAllBe(node => node.Address.EndsWith("/p2p/" + node.Id));
    }

    public void Dispose() => _directory.Delete(recursive: true);
}
