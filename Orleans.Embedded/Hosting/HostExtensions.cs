using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;

namespace Microsoft.Extensions.Hosting
{
    /// <summary>Makes a host a silo.</summary>
    public static class OrleansSiloGenericHostExtensions
    {
        /// <summary>Adds a silo to the host: it starts and stops with it.</summary>
        public static IHostApplicationBuilder UseOrleans(this IHostApplicationBuilder hostAppBuilder, Action<ISiloBuilder> configureDelegate)
        {
            PartDiscovery.BeginAt(configureDelegate);
            HostServices.AddSilo(hostAppBuilder.Services);
            configureDelegate(new HostedBuilder(hostAppBuilder.Services, hostAppBuilder.Configuration));
            return hostAppBuilder;
        }

        /// <summary>Adds a silo to the host: it starts and stops with it.</summary>
        public static HostApplicationBuilder UseOrleans(this HostApplicationBuilder hostAppBuilder, Action<ISiloBuilder> configureDelegate)
        {
            ((IHostApplicationBuilder)hostAppBuilder).UseOrleans(configureDelegate);
            return hostAppBuilder;
        }
    }

    /// <summary>Makes a host a client.</summary>
    public static class OrleansClientGenericHostExtensions
    {
        /// <summary>Adds a client to the host: it comes and goes with it.</summary>
        public static IHostApplicationBuilder UseOrleansClient(this IHostApplicationBuilder hostAppBuilder, Action<IClientBuilder> configureDelegate)
        {
            HostServices.AddClient(hostAppBuilder.Services);
            configureDelegate(new HostedBuilder(hostAppBuilder.Services, hostAppBuilder.Configuration));
            return hostAppBuilder;
        }
    }
}

namespace Orleans.Hosting
{
    internal static class HostServices
    {
        private static int _lastPort = 20_000;

        public static void AddSilo(IServiceCollection services)
        {
            if (services.Any(service => service.ServiceType == typeof(Silo))) return;
            AddCommon(services);
            services.AddSingleton(NewSilo);
            services.AddSingleton(provider => provider.GetRequiredService<Silo>().Runtime);
            services.AddSingleton<ILocalSiloDetails, LocalSiloDetails>();
            services.AddHostedService<SiloService>();
        }

        public static void AddClient(IServiceCollection services)
        {
            if (services.Any(service => service.ServiceType == typeof(GrainRuntime))) return;
            AddCommon(services);
            services.AddSingleton(provider => new GrainRuntime(
                provider.GetRequiredService<ClusterMembership>().Cluster,
                silo: null,
                provider,
                provider.GetRequiredService<IOptions<ClientMessagingOptions>>().Value.ResponseTimeout));
            services.AddHostedService<ClientService>();
        }

        private static void AddCommon(IServiceCollection services)
        {
            services.AddOptions();
            services.AddLogging();
            services.AddMetrics();
            services.TryAddSingleton(TimeProvider.System);
            services.AddSingleton<EngineMetrics>();
            services.AddSingleton<ClusterMembership>();
            services.AddSingleton<IClusterClient>(provider => provider.GetRequiredService<GrainRuntime>());
            services.AddSingleton<IGrainFactory>(provider => provider.GetRequiredService<GrainRuntime>());
        }

        private static Silo NewSilo(IServiceProvider services)
        {
            var endpoint = services.GetRequiredService<IOptions<EndpointOptions>>().Value;
            var port = endpoint.SiloPort != 0 ? endpoint.SiloPort : 20_001 + (Interlocked.Increment(ref _lastPort) % 40_000);
            var generation = (int)(services.GetRequiredService<TimeProvider>().GetUtcNow().ToUnixTimeMilliseconds() / 10 % int.MaxValue) + Interlocked.Increment(ref _lastPort);
            var address = SiloAddress.New(endpoint.AdvertisedIPAddress, port, generation & int.MaxValue);
            var name = services.GetRequiredService<IOptions<SiloOptions>>().Value.SiloName;
            return new Silo(services.GetRequiredService<ClusterMembership>().Cluster, services, address, name.Length > 0 ? name : $"Silo_{port}");
        }
    }

    /// <summary>The host's membership in a cluster: in as long as the host lives.</summary>
    internal sealed class ClusterMembership(IOptions<ClusterOptions> options) : IDisposable
    {
        /// <summary>By the ids that were given; a host that gave none is alone.</summary>
        public Cluster Cluster { get; } = Cluster.Enter(
            options.Value is { ClusterId: ClusterOptions.Unnamed, ServiceId: ClusterOptions.Unnamed }
                ? Guid.NewGuid().ToString("N")
                : $"{options.Value.ServiceId}/{options.Value.ClusterId}");

        public void Dispose() => Cluster.Leave();
    }
}

namespace Orleans.Runtime
{
    /// <summary>The silo of this host.</summary>
    public interface ILocalSiloDetails
    {
        /// <summary>Its name.</summary>
        string Name { get; }

        /// <summary>Its cluster's name.</summary>
        string ClusterId { get; }

        /// <summary>Its address.</summary>
        SiloAddress SiloAddress { get; }
    }

    internal sealed class LocalSiloDetails(Silo silo, IOptions<ClusterOptions> options) : ILocalSiloDetails
    {
        public string Name => silo.Name;

        public string ClusterId => options.Value.ClusterId;

        public SiloAddress SiloAddress => silo.Address;
    }
}
