using IppanFleet.Grains;
using IppanFleet.Hosting.Nodes;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace IppanFleet.Hosting.Access;

/// <summary>Keeps the fleet's bans in force at this silo's nodes: it asks the fleet each second, and is told at once when they change.</summary>
internal sealed partial class AccessWatch(
    IGrainFactory grains, ILocalSiloDetails silo, NodeTransportHost nodes, NodeAccess access, FleetOptions options, TimeProvider time, ILogger<AccessWatch> log) : BackgroundService, IAccessObserver
{
    private string _lastFault = "";

    /// <inheritdoc/>
    public Task Changed(AccessList access)
    {
        Enforce(access);
        return Task.CompletedTask;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var self = grains.CreateObjectReference<IAccessObserver>(this);
        try
        {
            using var timer = new PeriodicTimer(options.SupervisionPeriod, time);
            do await AskAsync(self, stoppingToken).ConfigureAwait(false);
            while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The silo stops; the fleet forgets this observer by itself.
        }
    }

    private async Task AskAsync(IAccessObserver self, CancellationToken cancellationToken)
    {
        try
        {
            var list = await grains.GetGrain<IFleetGrain>(FleetKeys.Fleet).WatchAccess(silo.Name, self, access.Version).WaitAsync(cancellationToken).ConfigureAwait(false);
            if (list is not null) Enforce(list);
            // A connection may have come between a change and its enforcement, and allowed entries may have ended.
            else if (!access.IsEmpty) Apply();
            _lastFault = "";
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            // What was last heard stays in force; the same fault is told once.
            if (e.Message != _lastFault) LogFault(e.Message);
            _lastFault = e.Message;
        }
    }

    private void Enforce(AccessList list)
    {
        if (access.Set(list)) Apply();
    }

    private void Apply()
    {
        foreach (var node in nodes.Nodes) node.Network.ApplyAccess(access.Protected);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The fleet's bans could not be asked for: {Reason}")]
    private partial void LogFault(string reason);
}
