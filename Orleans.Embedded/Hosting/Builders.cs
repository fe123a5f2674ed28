using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;
using Orleans.Runtime;

namespace Orleans.Hosting;

/// <summary>Configures a silo.</summary>
public interface ISiloBuilder
{
    /// <summary>The services of the silo's host.</summary>
    IServiceCollection Services { get; }

    /// <summary>The configuration of the silo's host.</summary>
    IConfiguration Configuration { get; }
}

/// <summary>Configures a client.</summary>
public interface IClientBuilder
{
    /// <summary>The services of the client's host.</summary>
    IServiceCollection Services { get; }

    /// <summary>The configuration of the client's host.</summary>
    IConfiguration Configuration { get; }
}

internal sealed class HostedBuilder(IServiceCollection services, IConfiguration configuration) : ISiloBuilder, IClientBuilder
{
    public IServiceCollection Services => services;

    public IConfiguration Configuration => configuration;
}

/// <summary>Options of a silo.</summary>
public static class SiloBuilderExtensions
{
    /// <summary>Sets options.</summary>
    public static ISiloBuilder Configure<TOptions>(this ISiloBuilder builder, Action<TOptions> configureOptions)
        where TOptions : class
    {
        builder.Services.Configure(configureOptions);
        return builder;
    }
}

/// <summary>The silo's place in a cluster.</summary>
public static class CoreHostingExtensions
{
    /// <summary>The cluster of this machine; with the embedded engine, of this process. Silos with the same two ids are one cluster.</summary>
    public static ISiloBuilder UseLocalhostClustering(
        this ISiloBuilder builder, int siloPort = 11111, int gatewayPort = 30000, System.Net.IPEndPoint? primarySiloEndpoint = null,
        string serviceId = "dev", string clusterId = "dev")
    {
        builder.Services.Configure<ClusterOptions>(options => (options.ClusterId, options.ServiceId) = (clusterId, serviceId));
        builder.Services.Configure<EndpointOptions>(options => (options.SiloPort, options.GatewayPort) = (siloPort, gatewayPort));
        return builder;
    }
}

/// <summary>Filters before the grains of a silo.</summary>
public static class GrainCallFilterSiloBuilderExtensions
{
    /// <summary>Adds a filter.</summary>
    public static ISiloBuilder AddIncomingGrainCallFilter(this ISiloBuilder builder, IncomingGrainCallFilterDelegate filter)
    {
        builder.Services.AddSingleton<IIncomingGrainCallFilter>(new DelegateCallFilter(filter));
        return builder;
    }
}

/// <summary>What a silo does once it is active.</summary>
public static class SiloBuilderStartupExtensions
{
    /// <summary>Adds a task; a fault stops the start.</summary>
    public static ISiloBuilder AddStartupTask(this ISiloBuilder builder, Func<IServiceProvider, CancellationToken, Task> startupTask, int stage = 20000)
    {
        builder.Services.AddSingleton(new StartupStep(startupTask, stage));
        return builder;
    }
}

/// <summary>Something that a silo does once it is active.</summary>
internal sealed record StartupStep(Func<IServiceProvider, CancellationToken, Task> Run, int Stage);
