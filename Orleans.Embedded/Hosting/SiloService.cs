using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Runtime;
using Orleans.Streams;

namespace Orleans.Hosting;

/// <summary>Brings the silo into its cluster with the host, and out of it; in between looks for idle activations.</summary>
internal sealed class SiloService(Silo silo, IServiceProvider services, IEnumerable<StartupStep> steps, IEnumerable<StreamProviderName> streams)
    : BackgroundService
{
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        silo.Cluster.Join(silo, services.GetService<GrainParts>() ?? PartDiscovery.OfProcess);
        foreach (var stream in streams) services.GetRequiredKeyedService<IStreamProvider>(stream.Name);
        silo.Log.SiloActive(silo.Name, silo.Address);
        try
        {
            foreach (var step in steps.OrderBy(step => step.Stage)) await step.Run(services, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            silo.Cluster.Kill(silo);
            throw;
        }
        await base.StartAsync(cancellationToken).ConfigureAwait(false);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken).ConfigureAwait(false);
        await silo.Cluster.StopAsync(silo, cancellationToken).ConfigureAwait(false);
        silo.Log.SiloStopped(silo.Name);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(silo.Collection.CollectionQuantum, silo.Time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false)) silo.CollectIdle();
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops: there is nothing left to look for.
        }
    }
}

/// <summary>Takes a client out of the cluster with its host.</summary>
internal sealed class ClientService(GrainRuntime runtime, IServiceProvider services, IEnumerable<StreamProviderName> streams) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var stream in streams) services.GetRequiredKeyedService<IStreamProvider>(stream.Name);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        runtime.Leave();
        return Task.CompletedTask;
    }
}
