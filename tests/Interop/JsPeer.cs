using System.Collections.Concurrent;
using System.Diagnostics;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading.Channels;

namespace IppanFleet.Interop;

/// <summary>Installs the js peer's locked packages once a run.</summary>
internal static class JsPackages
{
    internal static string Folder { get; } = typeof(JsPackages).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().First(a => a.Key == "JsFolder").Value!;

    private static readonly Task<string?> Installed = InstallAsync();

    /// <summary>Skips the test, with the reason, where Node or its packages cannot be had.</summary>
    internal static async Task RequireAsync()
    {
        var reason = await Installed;
        if (reason is not null) Assert.Skip(reason);
    }

    private static async Task<string?> InstallAsync()
    {
        try
        {
            if (Directory.Exists(Path.Combine(Folder, "node_modules", "libp2p"))) return null;
            using var npm = Process.Start(new ProcessStartInfo("npm", "install --no-audit --no-fund --loglevel=error") { WorkingDirectory = Folder, UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true })!;
            var error = npm.StandardError.ReadToEndAsync();
            await npm.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(3));
            return npm.ExitCode == 0 ? null : $"needs the npm packages of tests/Interop/js; npm install said: {(await error).Trim()}";
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            return $"needs Node 20 and npm: {e.Message}";
        }
    }
}

/// <summary>A js-libp2p peer in a process of its own, driven by lines of JSON.</summary>
internal sealed class JsPeer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Process _process;
    private readonly Task _reading;
    private readonly ConcurrentDictionary<int, TaskCompletionSource<JsonNode?>> _pending = new();
    private readonly Channel<JsonObject> _events = Channel.CreateBounded<JsonObject>(100_000);
    private readonly TaskCompletionSource<JsonObject> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task<string> _errors;
    private readonly SemaphoreSlim _writing = new(1);
    private int _next;

    private JsPeer(Process process)
    {
        _process = process;
        _errors = process.StandardError.ReadToEndAsync();
        _reading = ReadAsync();
    }

    internal string PeerId { get; private set; } = "";

    internal string Address { get; private set; } = "";

    internal static async Task<JsPeer> StartAsync(string arguments = "")
    {
        await JsPackages.RequireAsync();
        var peer = new JsPeer(Process.Start(new ProcessStartInfo("node", $"peer.mjs {arguments}")
        {
            WorkingDirectory = JsPackages.Folder,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!);
        var ready = await peer._ready.Task.WaitAsync(Patience);
        peer.PeerId = (string)ready["peerId"]!;
        peer.Address = (string)ready["addresses"]![0]!;
        return peer;
    }

    internal async Task<JsonNode?> CallAsync(string command, object? arguments = null)
    {
        var id = Interlocked.Increment(ref _next);
        var line = JsonSerializer.SerializeToNode(arguments ?? new { })!.AsObject();
        line["id"] = id;
        line["command"] = command;
        var reply = _pending.GetOrAdd(id, _ => new TaskCompletionSource<JsonNode?>(TaskCreationOptions.RunContinuationsAsynchronously));
        await _writing.WaitAsync();
        try
        {
            await _process.StandardInput.WriteLineAsync(line.ToJsonString());
            await _process.StandardInput.FlushAsync();
        }
        finally
        {
            _writing.Release();
        }
        return await reply.Task.WaitAsync(Patience);
    }

    /// <summary>The next event of <paramref name="name"/> that fits; events before it are passed over.</summary>
    internal async Task<JsonObject> NextAsync(string name, Func<JsonObject, bool>? fits = null)
    {
        using var deadline = new CancellationTokenSource(Patience);
        while (true)
        {
            var next = await _events.Reader.ReadAsync(deadline.Token);
            if ((string?)next["event"] == name && (fits is null || fits(next))) return next;
        }
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
        await _reading;
        _process.Dispose();
        _writing.Dispose();
    }

    private async Task ReadAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (JsonNode.Parse(line) is not JsonObject message) continue;
            if (message["id"] is { } id && _pending.TryRemove((int)id, out var reply))
            {
                if ((bool)message["ok"]!) reply.SetResult(message["result"]?.DeepClone());
                else reply.SetException(new InvalidOperationException((string?)message["error"]));
            }
            else if ((string?)message["event"] == "ready")
            {
                _ready.TrySetResult(message);
            }
            else
            {
                _events.Writer.TryWrite(message);
            }
        }
        var gone = new InvalidOperationException($"the js peer ended: {await _errors}");
        _ready.TrySetException(gone);
        foreach (var reply in _pending.Values) reply.TrySetException(gone);
        _events.Writer.TryComplete(gone);
    }
}
