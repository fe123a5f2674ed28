using System.Text.Json;

namespace IppanFleet.FleetTests;

/// <summary>Fleets that come back from their data folder.</summary>
[Trait("area", "fleet")]
public sealed class DataFolderTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("data-folder");

    [Fact]
    public async Task Killed_ComesBackWithTheSamePeersAndDeliversAll()
    {
        string[] peers;
        using (var first = new SiloProcess("--nodes", "4", "--data", File("data"), "--ready", File("first.json"), "--http-listen", "http://127.0.0.1:0"))
        {
            peers = await first.PeersAsync(File("first.json"));
            first.Kill();
            await first.EndAsync();
        }

        using var second = new SiloProcess("--data", File("data"), "--for", "8", "--ready", File("second.json"), "--report", File("report.json"), "--http-listen", "http://127.0.0.1:0");
        (await second.PeersAsync(File("second.json"))).ShouldBe(peers);
        var (code, _, error) = await second.EndAsync();
        error.ShouldBe("");
        code.ShouldBe(0);
        using var report = JsonDocument.Parse(await System.IO.File.ReadAllTextAsync(File("report.json")));
        // The fleet's own number, not the default.
        report.RootElement.GetProperty("nodes").GetInt32().ShouldBe(4);
        report.RootElement.GetProperty("deliveredRatio").GetDouble().ShouldBe(1);
        report.RootElement.GetProperty("published").GetInt64().ShouldBeGreaterThan(2);
    }

    [Fact]
    public async Task KilledTwentyTimesAtRandomMoments_AlwaysStartsAndDeliversAllInTheEnd()
    {
        const int seed = 20;
        var random = new Random(seed);
        string[] fleet = ["--nodes", "50", "--silos", "3", "--data", File("data"), "--http-listen", "http://127.0.0.1:0"];
        for (var kill = 1; kill <= 20; kill++)
        {
            using var victim = new SiloProcess([.. fleet, "--for", "30"]);
            // From before the data folder is open until blocks are on their way.
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(200, 5_000)));
            victim.HasEnded.ShouldBeFalse($"seed {seed}, kill {kill}: it ended by itself");
            victim.Kill();
            await victim.EndAsync();
        }

        using var last = new SiloProcess([.. fleet, "--for", "12", "--report", File("report.json")]);
        var (code, _, error) = await last.EndAsync();
        error.ShouldBe("");
        code.ShouldBe(0);
        using var report = JsonDocument.Parse(await System.IO.File.ReadAllTextAsync(File("report.json")));
        report.RootElement.GetProperty("joined").GetInt32().ShouldBe(50);
        report.RootElement.GetProperty("published").GetInt64().ShouldBeGreaterThan(2);
        report.RootElement.GetProperty("deliveredRatio").GetDouble().ShouldBe(1);
    }

    [Fact]
    public async Task SecondProcess_IsRefusedInOneLine()
    {
        using var first = new SiloProcess("--nodes", "1", "--no-demo", "--data", File("data"), "--ready", File("ready.json"), "--http-listen", "http://127.0.0.1:0");
        await first.PeersAsync(File("ready.json"));
        using var second = new SiloProcess("--nodes", "1", "--data", File("data"), "--http-listen", "http://127.0.0.1:0");
        var (code, _, error) = await second.EndAsync();
        code.ShouldBe(1);
        error.Trim().ShouldBe($"{File("data")} is in use by another silo (process {first.Id}): stop that one, or take another folder");
        first.HasEnded.ShouldBeFalse();
    }

    [Fact]
    public async Task ProcessThatWasPausedLongerThanItsLease_StopsItsNodesFirst_AndRunsThemAgainAsTheSamePeers()
    {
        using var silo = new SiloProcess("--nodes", "3", "--no-demo", "--data", File("data"), "--for", "40", "--ready", File("ready.json"), "--http-listen", "http://127.0.0.1:0");
        var peers = await silo.PeersAsync(File("ready.json"));
        await silo.SignalAsync("STOP");
        // The folder is the paused process's: nobody can take its nodes over.
        using (var other = new SiloProcess("--nodes", "1", "--data", File("data"), "--http-listen", "http://127.0.0.1:0")) (await other.EndAsync()).Code.ShouldBe(1);
        await Task.Delay(TimeSpan.FromSeconds(12));
        await silo.SignalAsync("CONT");

        var (code, _, error) = await silo.EndAsync();
        code.ShouldBe(0, error);
        for (var node = 1; node <= 3; node++) error.ShouldContain($"node-{node} was stopped: its lease was not renewed within 10 s");

        using var after = new SiloProcess("--no-demo", "--data", File("data"), "--for", "10", "--ready", File("after.json"), "--http-listen", "http://127.0.0.1:0");
        (await after.PeersAsync(File("after.json"))).ShouldBe(peers);
        (await after.EndAsync()).Code.ShouldBe(0);
    }

    [Fact]
    public async Task DamagedDatabase_OneLineAndExitCodeOne()
    {
        Directory.CreateDirectory(File("data"));
        await System.IO.File.WriteAllBytesAsync(Path.Combine(File("data"), "fleet.db"), new byte[8_192].Select((_, i) => (byte)(i * 7)).ToArray());
        using var silo = new SiloProcess("--data", File("data"), "--http-listen", "http://127.0.0.1:0");
        var (code, _, error) = await silo.EndAsync();
        code.ShouldBe(1);
        error.Trim().Split('\n').Length.ShouldBe(1, error);
        error.ShouldContain("is damaged");
    }

    [Fact]
    public async Task OtherSeed_OneLineAndExitCodeOne()
    {
        using (var first = new SiloProcess("--nodes", "1", "--no-demo", "--data", File("data"), "--seed", new string('1', 32), "--ready", File("ready.json"), "--http-listen", "http://127.0.0.1:0"))
        {
            await first.PeersAsync(File("ready.json"));
            first.Kill();
            await first.EndAsync();
        }
        using var second = new SiloProcess("--data", File("data"), "--seed", new string('2', 32), "--http-listen", "http://127.0.0.1:0");
        var (code, _, error) = await second.EndAsync();
        code.ShouldBe(1);
        error.Trim().ShouldBe($"{Path.Combine(File("data"), "identities")}: this fleet's identities come from another seed, and with this one its nodes would become other peers: start with the same seed, or take another data folder");
    }

    public void Dispose() => _directory.Delete(recursive: true);

    private string File(string name) => Path.Combine(_directory.FullName, name);
}
