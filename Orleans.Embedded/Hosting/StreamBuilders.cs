using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Runtime;
using Orleans.Streams;

namespace Orleans.Hosting;

/// <summary>Configures services of one name.</summary>
public interface INamedServiceConfigurator
{
    /// <summary>The name.</summary>
    string Name { get; }

    /// <summary>Takes what is to be done with the host's services.</summary>
    Action<Action<IServiceCollection>> ConfigureDelegate { get; }
}

/// <summary>Configures memory streams.</summary>
public interface IMemoryStreamConfigurator : INamedServiceConfigurator;

/// <summary>Configures streams with queues.</summary>
public interface IPersistentStreamConfigurator : INamedServiceConfigurator;

/// <summary>Configures memory streams of a silo.</summary>
public interface ISiloMemoryStreamConfigurator : IMemoryStreamConfigurator, IPersistentStreamConfigurator;

/// <summary>Configures memory streams of a client.</summary>
public interface IClusterClientMemoryStreamConfigurator : IMemoryStreamConfigurator, IPersistentStreamConfigurator;

internal sealed class MemoryStreamConfigurator(string name, IServiceCollection services) : ISiloMemoryStreamConfigurator, IClusterClientMemoryStreamConfigurator
{
    public string Name => name;

    public Action<Action<IServiceCollection>> ConfigureDelegate => configure => configure(services);

    public static void Add(string name, IServiceCollection services, Action<MemoryStreamConfigurator>? configure)
    {
        services.AddKeyedSingleton<IStreamProvider>(name, (provider, _) => Open(provider, name));
        services.AddSingleton(new StreamProviderName(name));
        configure?.Invoke(new MemoryStreamConfigurator(name, services));
    }

    private static MemoryStreamProvider Open(IServiceProvider services, string name)
    {
        var runtime = services.GetRequiredService<GrainRuntime>();
        var queues = services.GetRequiredService<IOptionsMonitor<HashRingStreamQueueMapperOptions>>().Get(name).TotalQueueCount;
        var pubSubType = services.GetRequiredService<IOptionsMonitor<StreamPubSubOptions>>().Get(name).PubSubType;
        var hub = runtime.Cluster.Streams.GetOrAdd(name, key => new StreamHub(runtime.Cluster, key, queues, pubSubType));
        return hub.QueueCount == queues && hub.PubSubType == pubSubType
            ? new MemoryStreamProvider(hub, runtime)
            : throw new OrleansConfigurationException(
                $"Stream provider '{name}' has {hub.QueueCount} queues and {hub.PubSubType} elsewhere in the cluster, and {queues} and {pubSubType} here.");
    }
}

/// <summary>The providers that a host has, to be opened when it starts.</summary>
internal sealed record StreamProviderName(string Name);

/// <summary>Memory streams of a silo.</summary>
public static class SiloBuilderMemoryStreamExtensions
{
    /// <summary>Adds a provider. It needs a storage called PubSubStore, unless it has implicit subscriptions only.</summary>
    public static ISiloBuilder AddMemoryStreams(this ISiloBuilder builder, string name, Action<ISiloMemoryStreamConfigurator>? configure = null)
    {
        MemoryStreamConfigurator.Add(name, builder.Services, configure);
        return builder;
    }
}

/// <summary>Memory streams of a client.</summary>
public static class ClientBuilderStreamingExtensions
{
    /// <summary>Adds a provider, with the silos' number of queues.</summary>
    public static IClientBuilder AddMemoryStreams(this IClientBuilder builder, string name, Action<IClusterClientMemoryStreamConfigurator>? configure = null)
    {
        MemoryStreamConfigurator.Add(name, builder.Services, configure);
        return builder;
    }
}

/// <summary>Settings of memory streams.</summary>
public static class MemoryStreamConfiguratorExtensions
{
    /// <summary>Says how many queues there are.</summary>
    public static void ConfigurePartitioning(this IMemoryStreamConfigurator configurator, int numOfQueues = 8) => configurator.ConfigureDelegate(
        services => services.Configure<HashRingStreamQueueMapperOptions>(configurator.Name, options => options.TotalQueueCount = numOfQueues));
}

/// <summary>Settings of streams with queues.</summary>
public static class PersistentStreamConfiguratorExtensions
{
    /// <summary>Says which kinds of subscriptions there are.</summary>
    public static void ConfigureStreamPubSub(
        this IPersistentStreamConfigurator configurator, StreamPubSubType pubsubType = StreamPubSubType.ExplicitGrainBasedAndImplicit) => configurator.ConfigureDelegate(
        services => services.Configure<StreamPubSubOptions>(configurator.Name, options => options.PubSubType = pubsubType));
}
