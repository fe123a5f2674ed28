using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace IppanFleet.Hosting.Storage;

/// <summary>Removes what has expired also when nothing new comes: one timer for all of them.</summary>
internal sealed partial class RetentionSweep(Retention retention, FleetOptions options, TimeProvider time, ILogger<RetentionSweep> log) : BackgroundService
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var lifetime = Math.Min(options.Blocks.Lifetime.Ticks, options.PeerRecords.Lifetime.Ticks);
        var period = TimeSpan.FromTicks(Math.Clamp(lifetime / 10, Shortest.Ticks, Longest.Ticks));
        using var timer = new PeriodicTimer(period, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false)) await SweepAsync(stoppingToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The silo stops; what has expired is not handed out, and is removed by the next process.
        }
    }

    private async Task SweepAsync(CancellationToken cancellationToken)
    {
        try
        {
            await retention.SweepAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (DataFault e)
        {
            LogFault(e.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "What has expired could not be removed: {Reason}")]
    private partial void LogFault(string reason);
}
