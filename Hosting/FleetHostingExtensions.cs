using IppanFleet.Grains;
using IppanFleet.P2P.LibP2P;
using IppanFleet.Hosting.Access;
using IppanFleet.Hosting.Demo;
using IppanFleet.Hosting.Engines;
using IppanFleet.Hosting.Gossip;
using IppanFleet.Hosting.Identities;
using IppanFleet.Hosting.Metrics;
using IppanFleet.Hosting.Nodes;
using IppanFleet.Hosting.Reports;
using IppanFleet.Hosting.Silos;
using IppanFleet.Hosting.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Hosting;
using Orleans.Runtime.Hosting;
using Orleans.Streams;

namespace IppanFleet.Hosting;

/// <summary>Makes a host a silo of the fleet.</summary>
public static class FleetHostingExtensions
{
    /// <summary>Makes the host a silo of the fleet, in the cluster that the engine offers.</summary>
    /// <exception cref="DataFault">The data folder's nodes have other identities than <see cref="FleetOptions.Seed"/> makes.</exception>
    /// <exception cref="ArgumentException">It shall have several silos, and the engine has one for a process.</exception>
    public static IHostApplicationBuilder AddIppanFleet(this IHostApplicationBuilder builder, FleetOptions options)
    {
        if (options.Silos > 1 && !FleetEngine.HasSeveralSilos) throw new ArgumentException($"With the {FleetEngine.Name} engine a process has one silo: start further processes.", nameof(options));
        return builder.UseOrleans(silo =>
        {
            ClusterBackend.Join(silo, options, "silo-1");
            silo.AddIppanFleet(options);
            // Before the generator and whatever else looks at the whole process.
            if (options.Silos > 1) silo.Services.AddHostedService<FurtherSilos>();
        });
    }

    /// <summary>Adds the fleet to a silo whose cluster is configured elsewhere.</summary>
    /// <exception cref="DataFault">The data folder's nodes have other identities than <see cref="FleetOptions.Seed"/> makes.</exception>
    public static ISiloBuilder AddIppanFleet(this ISiloBuilder silo, FleetOptions options)
    {
        silo.AddFleetSilo(options);
        var services = silo.Services;
        services.AddSingleton<FleetMetrics>();
        services.AddSingleton<MetricsScrape>();
        services.AddSingleton(provider => new DemoGenerator(
            options,
            provider.GetRequiredService<FleetMonitor>(),
            provider.GetRequiredService<DeliveryLedger>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<DemoGenerator>>()));
        services.AddHostedService(provider => provider.GetRequiredService<MetricsScrape>());
        services.AddHostedService(provider => provider.GetRequiredService<DemoGenerator>());
        return silo;
    }

    /// <summary>Adds what every silo of a process needs, as against what one of them does for all.</summary>
    internal static ISiloBuilder AddFleetSilo(this ISiloBuilder silo, FleetOptions options)
    {
        options.Data?.Identities?.Claim(options.Seed.Span);
        if (options.Data is { } data) silo.Services.AddGrainStorage(FleetKeys.Store, (_, _) => new SqliteGrainStorage(data.Records));
        else silo.AddMemoryGrainStorage(FleetKeys.Store);
        silo.AddRetention(options);
        silo.AddMemoryStreams(GossipStreams.Provider, streams =>
        {
            streams.ConfigurePartitioning(GossipStreams.Partitions);
            streams.ConfigureStreamPubSub(StreamPubSubType.ImplicitOnly);
        });
        // Subscriptions of applications last as long as the cluster.
        silo.AddMemoryGrainStorage("PubSubStore");
        silo.AddMemoryStreams(GossipStreams.Applications, streams => streams.ConfigurePartitioning(GossipStreams.Partitions));

        var services = silo.Services;
        services.AddMetrics();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(options);
        services.AddSingleton(options.Gossip);
        services.AddSingleton(options.Blocks);
        services.AddSingleton(options.Reports);
        services.AddSingleton<ReportQueue>();
        services.AddSingleton<Reporter>();
        services.TryAddSingleton<INodeNetworkFactory, LibP2PNetworkFactory>();
        services.AddSingleton<FirstSeen>();
        services.AddSingleton<GossipQueue>();
        services.AddSingleton(options.Process.Ledger);
        services.AddSingleton<NodeEvents>();
        services.AddSingleton<NodeIdentities>();
        services.AddSingleton<NodeAccess>();
        services.AddSingleton<IAccessPolicy>(provider => provider.GetRequiredService<NodeAccess>());
        services.AddSingleton<NodeTransportHost>();
        services.AddSingleton<INodeTransportHost>(provider => provider.GetRequiredService<NodeTransportHost>());
        services.AddSingleton(provider => new FleetMonitor(
            provider.GetRequiredService<NodeTransportHost>(),
            provider.GetRequiredService<DeliveryLedger>(),
            provider.GetRequiredService<FirstSeen>(),
            provider.GetRequiredService<GossipQueue>(),
            options));
        services.AddHostedService<AccessWatch>();
        services.AddHostedService<StreamFeeder>();
        services.AddHostedService<LeaseGuard>();
        services.AddHostedService<RetentionSweep>();
        services.AddHostedService(provider => provider.GetRequiredService<Reporter>());
        services.AddHostedService<Supervisor>();
        return silo;
    }

    /// <summary>Blocks and what is known of peers have storages of their own, which drop what has expired.</summary>
    private static void AddRetention(this ISiloBuilder silo, FleetOptions options)
    {
        silo.Services.AddSingleton(provider => options.Process.Retain(options, provider.GetRequiredService<TimeProvider>()));
        silo.Services.AddGrainStorage(FleetKeys.BlockStore, (provider, _) => StorageOf(provider.GetRequiredService<Retention>(), static retention => retention.Blocks));
        silo.Services.AddGrainStorage(FleetKeys.PeerStore, (provider, _) => StorageOf(provider.GetRequiredService<Retention>(), static retention => retention.Peers));

        static SqliteGrainStorage StorageOf(Retention retention, Func<Retention, RetainedRecords> which) => new(retention.Store, which(retention));
    }
}
