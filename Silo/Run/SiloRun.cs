using IppanFleet.Hosting;
using IppanFleet.Hosting.Demo;
using IppanFleet.Hosting.Http;
using IppanFleet.Hosting.Storage;
using IppanFleet.Silo.Options;
using IppanFleet.Silo.Screen;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace IppanFleet.Silo.Run;

/// <summary>One run of the silo, from start to exit code.</summary>
internal sealed class SiloRun(SiloOptions options, TextWriter output, TextWriter error, bool isTerminal, TimeProvider time)
{
    /// <summary>The generator stops so long before the end, so that everything can arrive.</summary>
    internal static readonly TimeSpan Settle = TimeSpan.FromSeconds(3);

    private const int DefaultHttpPort = 8080;

    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan PagePeriod = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LinePeriod = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(3);

    private readonly long _started = time.GetTimestamp();
    private readonly LiveScreen _screen = new(output, error, isTerminal);
    private string _http = "";

    private TimeSpan Elapsed => time.GetElapsedTime(_started);

    /// <summary>Runs until the time is over or <paramref name="stop"/> is cancelled. 0: all nodes joined and everything was delivered; 1: not so.</summary>
    internal async Task<int> RunAsync(CancellationToken stop)
    {
        try
        {
            await using var data = OpenData();
            var app = Build(data);
            await app.StartAsync(stop);
            _http = app.Urls.First();
            var (status, reasons) = await WatchAsync(app, stop);
            var isWhole = !app.Lifetime.ApplicationStopping.IsCancellationRequested;
            if (options.ReportFile is { } report) RunFiles.Write(report, RunFiles.Report(status, Elapsed));
            Show(status);
            _screen.Close();
            await StopAsync(app);
            if (isWhole) return Judge(status, reasons);
            _screen.WriteError("a part of the silo failed, and it stopped");
            return 1;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            _screen.WriteError("stopped before it had started");
            return 1;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _screen.WriteError(e.Message);
            return 1;
        }
        finally
        {
            _screen.Close();
        }
    }

    /// <summary>Several silos need storage that none of them takes along when it dies.</summary>
    private FleetData? OpenData() =>
        options.DataFolder is { } folder ? FleetData.Open(folder, options.SetAsideDamaged) : options.Fleet.Silos > 1 ? FleetData.InMemory() : null;

    private WebApplication Build(FleetData? data)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "IppanFleet.Silo" });
        builder.Logging.SetMinimumLevel(options.Verbose ? LogLevel.Information : LogLevel.Warning);
        builder.Logging.AddProvider(new LineLoggerProvider(_screen));
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton<IHostLifetime, OwnLifetime>();
        builder.WebHost.UseKestrelCore();
        builder.WebHost.UseUrls((options.HttpListen ?? new Uri($"http://127.0.0.1:{FreePort.From(DefaultHttpPort)}")).ToString());
        builder.AddIppanFleet(options.Fleet with { Data = data });
        var app = builder.Build();
        app.MapIppanFleet();
        return app;
    }

    private async Task<(FleetStatus Status, IReadOnlyList<string> ReasonsNotReady)> WatchAsync(WebApplication app, CancellationToken stop)
    {
        var monitor = app.Services.GetRequiredService<FleetMonitor>();
        var generator = app.Services.GetRequiredService<DemoGenerator>();
        var isReady = false;
        Task? settling = null;
        // A terminal shows something at once; a log begins with what is worth a line.
        TimeSpan? shown = _screen.IsTerminal ? null : TimeSpan.Zero;
        while (!stop.IsCancellationRequested && !app.Lifetime.ApplicationStopping.IsCancellationRequested && !(options.For <= Elapsed))
        {
            var status = monitor.Read();
            if (!isReady && status.Joined >= status.Desired)
            {
                isReady = true;
                Announce(status);
            }

            if (options.For - Settle <= Elapsed) settling ??= generator.FinishAsync(Settle);
            if (shown is null || Elapsed - shown >= (_screen.IsTerminal ? PagePeriod : LinePeriod))
            {
                shown = Elapsed;
                Show(status);
            }

            await Task.Delay(Poll, time, CancellationToken.None);
        }

        // Stopped early, what is on its way still gets a moment to arrive.
        await (settling ?? generator.FinishAsync(StopPatience / 2));
        return (monitor.Refresh(), monitor.ReasonsNotReady());
    }

    private void Announce(FleetStatus status)
    {
        if (options.ReadyFile is { } ready) RunFiles.Write(ready, RunFiles.Ready(status, _http));
        if (_screen.IsTerminal) return;
        _screen.WriteLine(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{status.Joined} nodes joined after {Elapsed.TotalSeconds:0.0} s, {_http}"));
        if (status.Nodes.FirstOrDefault(node => node.Addresses.Length > 0) is { } first) _screen.WriteLine($"dial {first.Addresses[0]}");
    }

    private void Show(FleetStatus status)
    {
        if (_screen.IsTerminal) _screen.Draw(SummaryText.Page(status, _http, Elapsed, Console.WindowWidth > 0 ? Console.WindowWidth : SummaryText.Width));
        else _screen.WriteLine(SummaryText.Line(status, Elapsed));
    }

    private async Task StopAsync(WebApplication app)
    {
        try
        {
            using var patience = new CancellationTokenSource(StopPatience, time);
            await app.StopAsync(patience.Token).WaitAsync(StopPatience, time);
            await app.DisposeAsync().AsTask().WaitAsync(StopPatience / 2, time);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            _screen.WriteError("warning: not everything stopped in time; the process ends without it");
        }
    }

    private int Judge(FleetStatus status, IReadOnlyList<string> reasonsNotReady)
    {
        if (status.EverJoined < status.Desired)
        {
            _screen.WriteError($"{status.Desired - status.EverJoined} of {status.Desired} nodes never joined; {string.Join("; ", reasonsNotReady.Take(3))}");
            return 1;
        }

        if (status.Delivered >= status.Expected) return 0;
        _screen.WriteError($"{status.Delivered} of {status.Expected} arrivals came: {status.Expected - status.Delivered} are missing");
        return 1;
    }
}
