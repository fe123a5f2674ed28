using Microsoft.Extensions.Hosting;

namespace IppanFleet.Hosting.Nodes;

/// <summary>Stops the nodes of this silo whose lease was not renewed in time. It asks nobody but the clock.</summary>
internal sealed class LeaseGuard(NodeTransportHost nodes, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(250);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false)) await nodes.StopExpiredAsync().ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The silo stops, and its nodes with it.
        }
    }
}
