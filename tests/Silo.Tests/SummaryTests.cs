using IppanFleet.Grains;
using IppanFleet.Hosting;
using IppanFleet.Silo.Screen;

namespace IppanFleet.Silo.Tests;

[Trait("area", "fleet")]
public class SummaryTests
{
    private static readonly string Address = "/ip4/127.0.0.1/tcp/43567/p2p/12D3KooWCetKL5dxP7vQAmgs5yVqWKCaTnyQwCLPdiw1EhvBC62N";

    [Fact]
    public void Page_IsReadableAtAGlance()
    {
        var page = SummaryText.Page(Status(nodes: 5), "http://127.0.0.1:8080", TimeSpan.FromSeconds(83), 80);
        page.ShouldBe(
        [
            "IppanFleet                                                                  1:23",
            "--------------------------------------------------------------------------------",
            "nodes        5 up, 5 of 5 joined                   20 peers",
            "meshes       3 smallest                            3.6 average",
            "published    1,234 messages                        0 rejected".Replace(" messages", "         "),
            "delivered    4,935 of 4,936 (99.97 %)              12,345 duplicates",
            "propagation  1.3 ms p50                            64.0 ms p99",
            "http         http://127.0.0.1:8080",
            "node-1       /ip4/127.0.0.1/tcp/43567",
            "             /p2p/12D3KooWCetKL5dxP7vQAmgs5yVqWKCaTnyQwCLPdiw1EhvBC62N",
            "node-2       /ip4/127.0.0.1/tcp/43567",
            "             /p2p/12D3KooWCetKL5dxP7vQAmgs5yVqWKCaTnyQwCLPdiw1EhvBC62N",
            "node-3       /ip4/127.0.0.1/tcp/43567",
            "             /p2p/12D3KooWCetKL5dxP7vQAmgs5yVqWKCaTnyQwCLPdiw1EhvBC62N",
            "             2 more at http://127.0.0.1:8080/api/fleet",
        ]);
    }

    [Theory]
    [InlineData(80)]
    [InlineData(300)]
    [InlineData(40)]
    public void Page_NeverExceedsTheWidth(int width)
    {
        var status = Status(nodes: 10_000) with { Published = long.MaxValue, Delivered = long.MaxValue - 1, Expected = long.MaxValue, Peers = int.MaxValue, PropagationP99 = TimeSpan.MaxValue };
        SummaryText.Page(status, "http://127.0.0.1:8080", TimeSpan.FromDays(3), width).ShouldAllBe(line => line.Length <= Math.Min(width, 80));
    }

    [Fact]
    public void Line_IsOneShortLine()
    {
        SummaryText.Line(Status(nodes: 5), TimeSpan.FromSeconds(83))
            .ShouldBe("83s nodes 5/5 peers 20 mesh 3/3.6 published 1234 delivered 4935/4936 (99.97 %) p50 1.3 ms p99 64.0 ms");
        SummaryText.Line(new FleetStatus { Desired = 5 }, TimeSpan.Zero).ShouldBe("0s nodes 0/5 peers 0 mesh 0/0.0 published 0 delivered 0/0 (100 %) p50 - p99 -");
    }

    [Fact]
    public void Terminal_IsRedrawnInPlaceAndLeftAsItWas()
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        var screen = new LiveScreen(output, error, isTerminal: true);
        screen.Draw(["one", "two"]);
        screen.Draw(["three", "four"]);
        screen.WriteError("warning: careful");
        screen.Close();
        var text = output.ToString();
        text.ShouldStartWith("\e[?25lone\e[K\ntwo\e[K\n\e[J");
        text.ShouldContain("\e[?25l\e[2A\rthree\e[K\nfour\e[K\n\e[J");
        text.ShouldEndWith("\e[2A\r\e[Jthree\nfour\n\e[?25h");
        error.ToString().ShouldBe("warning: careful\n");
    }

    private static FleetStatus Status(int nodes) => new()
    {
        Desired = nodes,
        Nodes = [.. Enumerable.Range(1, nodes).Select(i => new NodeSummary { Name = $"node-{i}", Addresses = [Address], Phase = NodePhase.Joined })],
        Joined = nodes,
        Peers = 20,
        MeshMin = 3,
        MeshAverage = 3.6,
        Published = 1_234,
        Expected = 4_936,
        Delivered = 4_935,
        Duplicates = 12_345,
        PropagationP50 = TimeSpan.FromMilliseconds(1.3),
        PropagationP99 = TimeSpan.FromMilliseconds(64),
    };
}
