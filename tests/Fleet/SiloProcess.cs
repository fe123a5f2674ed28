using System.Diagnostics;
using System.Reflection;
using System.Text.Json;

namespace IppanFleet.FleetTests;

/// <summary>The silo as a process of its own.</summary>
internal sealed class SiloProcess : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly Task<string> _output;
    private readonly Task<string> _error;

    internal SiloProcess(params string[] arguments)
    {
        _process = Process.Start(new ProcessStartInfo("dotnet", [Program, .. arguments]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true })!;
        _output = _process.StandardOutput.ReadToEndAsync();
        _error = _process.StandardError.ReadToEndAsync();
    }

    /// <summary>Where the silo was built.</summary>
    internal static string Program { get; } = typeof(SiloProcess).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == "SiloProgram").Value!;

    internal int Id => _process.Id;

    internal bool HasEnded => _process.HasExited;

    internal async Task<(int Code, string Output, string Error)> EndAsync()
    {
        using var deadline = new CancellationTokenSource(Deadline);
        await _process.WaitForExitAsync(deadline.Token);
        return (_process.ExitCode, await _output, await _error);
    }

    /// <summary>The peer ids of its nodes, once all have joined and the ready file is there.</summary>
    internal async Task<string[]> PeersAsync(string readyFile)
    {
        using var deadline = new CancellationTokenSource(Deadline);
        while (!File.Exists(readyFile))
        {
            if (HasEnded) throw new InvalidOperationException($"the silo ended before its nodes had joined: {await _error}");
            await Task.Delay(50, deadline.Token);
        }

        using var ready = JsonDocument.Parse(await File.ReadAllTextAsync(readyFile));
        return [.. ready.RootElement.GetProperty("nodes").EnumerateArray().Select(node => node.GetProperty("peerId").GetString()!)];
    }

    /// <summary>SIGKILL: nothing is flushed, nobody is told.</summary>
    internal void Kill() => _process.Kill();

    internal Task InterruptAsync() => SignalAsync("INT");

    /// <summary>Sends a signal by its name.</summary>
    internal async Task SignalAsync(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", $"{Id}"]);
        await kill.WaitForExitAsync();
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.Dispose();
    }
}
