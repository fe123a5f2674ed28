using System.Diagnostics;
using System.Text.Json;

namespace IppanFleet.FleetTests;

[Trait("area", "fleet")]
public sealed class SiloProcessTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("silo-process");

    [Fact]
    public async Task For_EndsByItselfWithEverythingDelivered()
    {
        using var silo = new SiloProcess("--for", "7", "--nodes", "3", "--report", File("report.json"), "--http-listen", "http://127.0.0.1:0");
        var (code, output, error) = await silo.EndAsync();
        error.ShouldBe("");
        code.ShouldBe(0);
        output.ShouldContain("3 nodes joined after");
        using var report = JsonDocument.Parse(await System.IO.File.ReadAllTextAsync(File("report.json")));
        report.RootElement.GetProperty("deliveredRatio").GetDouble().ShouldBe(1);
        report.RootElement.GetProperty("published").GetInt64().ShouldBeGreaterThan(2);
    }

    [Fact]
    public async Task Seed_GivesTheSamePeersAgain()
    {
        var first = await PeersAsync("a.json");
        var second = await PeersAsync("b.json");
        first.ShouldBe(second);
        first.Distinct().Count().ShouldBe(2);

        async Task<string[]> PeersAsync(string name)
        {
            using var silo = new SiloProcess("--nodes", "2", "--no-demo", "--seed", "000102030405060708090a0b0c0d0e0f", "--ready", File(name), "--http-listen", "http://127.0.0.1:0");
            return await silo.PeersAsync(File(name));
        }
    }

    [Fact]
    public async Task Interrupt_StopsCleanlyWithinFiveSeconds()
    {
        using var silo = new SiloProcess("--nodes", "5", "--ready", File("ready.json"), "--http-listen", "http://127.0.0.1:0");
        await silo.PeersAsync(File("ready.json"));
        var stopping = Stopwatch.StartNew();
        await silo.InterruptAsync();
        var (code, _, error) = await silo.EndAsync();
        stopping.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(5));
        error.ShouldBe("");
        code.ShouldBe(0);
    }

    [Theory]
    [InlineData("--nodes", "none")]
    [InlineData("--unknown")]
    public async Task WrongOption_OneLineAndExitCodeTwo(params string[] arguments)
    {
        using var silo = new SiloProcess(arguments);
        var (code, output, error) = await silo.EndAsync();
        code.ShouldBe(2);
        output.ShouldBe("");
        error.Trim().Split('\n').Length.ShouldBe(1);
    }

    [Fact]
    public async Task OpenFilesThatDoNotSuffice_OneLineAndExitCodeOne()
    {
        using var silo = Process.Start(new ProcessStartInfo("bash", ["-c", "ulimit -n 100 && exec dotnet \"$0\" --nodes 1000 --http-listen http://127.0.0.1:0", SiloProcess.Program]) { UseShellExecute = false, RedirectStandardError = true })!;
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var error = await silo.StandardError.ReadToEndAsync(deadline.Token);
        await silo.WaitForExitAsync(deadline.Token);
        silo.ExitCode.ShouldBe(1, error);
        error.Trim().ShouldBe("1000 nodes need about 9256 open files, and this process may have 100: raise the limit (ulimit -n 9256), or ask for fewer nodes");
    }

    [Fact]
    public async Task HttpPortTaken_OneLineAndExitCodeOne()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        using var silo = new SiloProcess("--nodes", "1", "--http-listen", $"http://127.0.0.1:{((System.Net.IPEndPoint)listener.LocalEndpoint).Port}");
        var (code, _, error) = await silo.EndAsync();
        code.ShouldBe(1);
        error.Trim().Split('\n').Length.ShouldBe(1, error);
        error.ShouldContain("in use");
    }

    [Fact]
    public async Task ListenPortTaken_ExitCodeOneAndTheReason()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        var address = $"/ip4/127.0.0.1/tcp/{((System.Net.IPEndPoint)listener.LocalEndpoint).Port}";
        using var silo = new SiloProcess("--nodes", "2", "--for", "4", "--listen", address, "--http-listen", "http://127.0.0.1:0");
        var (code, _, error) = await silo.EndAsync();
        code.ShouldBe(1);
        var lines = error.Trim().Split('\n');
        lines.Length.ShouldBe(2, error);
        lines[0].ShouldStartWith("warning: node-1 cannot start: ");
        lines[1].ShouldStartWith("2 of 2 nodes never joined; node-1: ");
        lines[1].ShouldContain(address);
    }

    public void Dispose() => _directory.Delete(recursive: true);

    private string File(string name) => Path.Combine(_directory.FullName, name);
}
