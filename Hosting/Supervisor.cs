using IppanFleet.Grains;
using IppanFleet.Hosting.Nodes;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace IppanFleet.Hosting;

/// <summary>Keeps the fleet alive: grains do not wake up by themselves, so every silo touches the fleet each second, and tells it how its own nodes are.</summary>
internal sealed partial class Supervisor(
    IGrainFactory grains, ILocalSiloDetails silo, NodeTransportHost nodes, FleetMonitor monitor, FleetOptions options, TimeProvider time, ILogger<Supervisor> log) : BackgroundService
{
    /// <summary>Nodes that have yet to join are looked at this often, so that nobody waits long for their readiness.</summary>
    private static readonly TimeSpan JoinPoll = TimeSpan.FromMilliseconds(100);

    /// <summary>A name that no node has: its siblings are any.</summary>
    private const string Nobody = "";

    private IFleetGrain Fleet => grains.GetGrain<IFleetGrain>(FleetKeys.Fleet);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await options.Process.ArriveAsync(options.Silos).WaitAsync(stoppingToken).ConfigureAwait(false);
            await Task.WhenAll(
                RepeatAsync("reconcile the fleet", options.SupervisionPeriod, ReconcileAsync, stoppingToken),
                RepeatAsync("tell the fleet of this silo", options.SupervisionPeriod, SummariseAsync, stoppingToken),
                RepeatAsync("introduce nodes to siblings", options.SupervisionPeriod, IntroduceAsync, stoppingToken),
                RepeatAsync("look at nodes that join", JoinPoll, LookAtJoining, stoppingToken)).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The silo stops; its nodes are stopped by their grains.
        }
    }

    private async Task RepeatAsync(string what, TimeSpan period, Func<Task> action, CancellationToken cancellationToken)
    {
        var lastFault = "";
        using var timer = new PeriodicTimer(period, time);
        do
        {
            try
            {
                await action().WaitAsync(cancellationToken).ConfigureAwait(false);
                lastFault = "";
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                // The next round is the remedy; the same fault is told once.
                if (e.Message != lastFault) LogFault(what, e.Message);
                lastFault = e.Message;
            }
        }
        while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false));
    }

    private async Task ReconcileAsync()
    {
        await Fleet.Start(PlanOf(options)).ConfigureAwait(false);
        await Fleet.Reconcile().ConfigureAwait(false);
    }

    private async Task SummariseAsync()
    {
        await Fleet.Summarise(monitor.Summarise(silo.Name)).ConfigureAwait(false);
        monitor.Fleet = await Fleet.Snapshot().ConfigureAwait(false);
        nodes.IsAlone = monitor.Fleet.Desired == 1 && options.Bootstrap.Count == 0;
    }

    /// <summary>
    /// Siblings that died leave nodes without peers, and a fleet grain that was activated anew knows nobody to introduce a node to: left alone, the network would fall apart.
    /// </summary>
    private async Task IntroduceAsync()
    {
        var wanted = Math.Min(FleetKeys.MaxSiblings, (monitor.Fleet?.Desired ?? 0) - 1);
        if (wanted <= 0) return;
        var siblings = await Fleet.Siblings(Nobody).ConfigureAwait(false);
        if (siblings.Length == 0) return;
        await Task.WhenAll(nodes.Nodes.Select(node => node.MeetAsync(siblings, wanted))).ConfigureAwait(false);
    }

    private Task LookAtJoining()
    {
        foreach (var node in nodes.Nodes)
        {
            if (!node.IsJoined) node.Refresh(nodes.IsAlone);
        }

        return Task.CompletedTask;
    }

    private static FleetPlan PlanOf(FleetOptions options) => new()
    {
        Nodes = options.Nodes,
        Listen = options.Transport == FleetTransport.Memory ? ["/memory/0"] : ["/ip4/127.0.0.1/tcp/0"],
        FirstListen = [.. options.FirstListen],
        Bootstrap = [.. options.Bootstrap],
    };

    [LoggerMessage(Level = LogLevel.Warning, Message = "Could not {What}: {Reason}")]
    private partial void LogFault(string what, string reason);
}
