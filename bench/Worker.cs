using System.Diagnostics;
using System.Reflection;
using System.Text.Json.Nodes;

namespace IppanFleet.Bench;

/// <summary>A process that a bench started: one line of JSON in per command, one line of JSON out per answer.</summary>
internal sealed class Worker : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly Process _process;

    private Worker(ProcessStartInfo start)
    {
        start.UseShellExecute = false;
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        _process = Process.Start(start)!;
    }

    internal static string JsFolder { get; } = typeof(Worker).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().First(a => a.Key == "JsFolder").Value!;

    /// <summary>Whether the js peer's packages are installed (<c>npm install</c> in tests/Interop/js).</summary>
    internal static bool JsAvailable => Directory.Exists(Path.Combine(JsFolder, "node_modules", "libp2p"));

    /// <summary>This program in another role.</summary>
    internal static Worker Start(string role, params string[] arguments) => new(new ProcessStartInfo(Environment.ProcessPath!, ["role", role, .. arguments]));

    internal static Worker StartJs(params string[] arguments) => new(new ProcessStartInfo("node", ["bench.mjs", .. arguments]) { WorkingDirectory = JsFolder });

    /// <summary>Runs a js measurement to its end and answers its line; null when the js process gave up, which it does now and then: the round then counts without it.</summary>
    internal static async Task<JsonNode?> RunJsAsync(params string[] arguments)
    {
        await using var worker = StartJs(arguments);
        var line = await worker._process.StandardOutput.ReadLineAsync().WaitAsync(Patience);
        return line is null ? null : JsonNode.Parse(line);
    }

    internal async Task<JsonNode> AskAsync(string command)
    {
        await _process.StandardInput.WriteLineAsync(command);
        await _process.StandardInput.FlushAsync();
        return await ReadAsync();
    }

    internal async Task<JsonNode> ReadAsync()
    {
        var line = await _process.StandardOutput.ReadLineAsync().WaitAsync(Patience) ?? throw new InvalidOperationException("a bench process ended early");
        return JsonNode.Parse(line)!;
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        try
        {
            await _process.WaitForExitAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill();
        }
        _process.Dispose();
    }
}
