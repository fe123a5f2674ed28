using System.Collections.ObjectModel;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;

namespace Orleans.TestingHost;

/// <summary>A cluster whose silos all live in this process, with a client.</summary>
public sealed class InProcessTestCluster : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly List<InProcessSiloHandle> _silos = [];
    private IHost? _client;
    private int _lastInstance = -1;

    internal InProcessTestCluster(InProcessTestClusterOptions options) => Options = options;

    /// <summary>What the cluster is made of.</summary>
    public InProcessTestClusterOptions Options { get; }

    /// <summary>The client.</summary>
    /// <exception cref="InvalidOperationException">The cluster was not deployed.</exception>
    public IClusterClient Client => _client?.Services.GetRequiredService<IClusterClient>() ?? throw new InvalidOperationException("The cluster has no client yet: deploy it.");

    /// <summary>The silos that were started, and neither stopped nor killed.</summary>
    public ReadOnlyCollection<InProcessSiloHandle> Silos
    {
        get
        {
            lock (_gate) return _silos.ToList().AsReadOnly();
        }
    }

    /// <summary>Starts the silos and the client.</summary>
    public async Task DeployAsync()
    {
        await StartSilosAsync(Options.InitialSilosCount).ConfigureAwait(false);
        if (Options.InitializeClientOnDeploy) await InitializeClientAsync().ConfigureAwait(false);
    }

    /// <summary>Starts the client.</summary>
    public async Task InitializeClientAsync()
    {
        var builder = NewHost();
        builder.UseOrleansClient(client => client.Services.Configure<ClusterOptions>(Name));
        foreach (var configure in Options.ClientHostConfigurationDelegates) configure(builder);
        var host = builder.Build();
        await host.StartAsync().ConfigureAwait(false);
        _client = host;
    }

    /// <summary>Starts one more silo.</summary>
    public async Task<InProcessSiloHandle> StartAdditionalSiloAsync() => (await StartSilosAsync(1).ConfigureAwait(false))[0];

    /// <summary>Starts more silos.</summary>
    public async Task<List<InProcessSiloHandle>> StartSilosAsync(int silosToStart)
    {
        List<InProcessSiloHandle> started = [];
        for (var i = 0; i < silosToStart; i++) started.Add(await StartSiloAsync($"Silo_{Interlocked.Increment(ref _lastInstance)}").ConfigureAwait(false));
        return started;
    }

    /// <summary>Stops a silo in order: its grains are deactivated.</summary>
    public Task StopSiloAsync(InProcessSiloHandle instance) => EndAsync(instance, stopGracefully: true);

    /// <summary>Kills a silo: see <see cref="InProcessSiloHandle.StopSiloAsync(bool)"/>.</summary>
    public Task KillSiloAsync(InProcessSiloHandle instance) => EndAsync(instance, stopGracefully: false);

    /// <summary>Stops a silo in order and starts another one of its name.</summary>
    public async Task<InProcessSiloHandle> RestartSiloAsync(InProcessSiloHandle instance)
    {
        await StopSiloAsync(instance).ConfigureAwait(false);
        return await StartSiloAsync(instance.Name).ConfigureAwait(false);
    }

    /// <summary>Stops the client and all silos in order.</summary>
    public async Task StopAllSilosAsync()
    {
        await StopClusterClientAsync().ConfigureAwait(false);
        await StopSilosAsync().ConfigureAwait(false);
    }

    /// <summary>Stops all silos in order.</summary>
    public async Task StopSilosAsync()
    {
        foreach (var silo in Silos) await StopSiloAsync(silo).ConfigureAwait(false);
    }

    /// <summary>Stops the client.</summary>
    public async Task StopClusterClientAsync()
    {
        if (Interlocked.Exchange(ref _client, null) is not { } client) return;
        await client.StopAsync().ConfigureAwait(false);
        client.Dispose();
    }

    /// <summary>Ends at once: a silo's death is known to all others when <see cref="KillSiloAsync"/> returns.</summary>
    public Task WaitForLivenessToStabilizeAsync(bool didKill = false) => Task.CompletedTask;

    /// <summary>The silo with that address; null when it is none of the active ones.</summary>
    public InProcessSiloHandle? GetSiloForAddress(SiloAddress siloAddress) => Silos.FirstOrDefault(silo => silo.SiloAddress.Equals(siloAddress));

    /// <summary>The silos that are active.</summary>
    public IEnumerable<InProcessSiloHandle> GetActiveSilos() => Silos;

    /// <summary>The services of a silo; null: of the first.</summary>
    /// <exception cref="ArgumentException">No active silo has that address.</exception>
    public IServiceProvider GetSiloServiceProvider(SiloAddress? silo = null) =>
        (silo is null ? Silos.FirstOrDefault() : GetSiloForAddress(silo))?.ServiceProvider ?? throw new ArgumentException($"No active silo is {silo}.", nameof(silo));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await StopAllSilosAsync().ConfigureAwait(false);

    private static HostApplicationBuilder NewHost()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { EnvironmentName = Environments.Development });
        builder.Services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Warning));
        return builder;
    }

    private async Task<InProcessSiloHandle> StartSiloAsync(string name)
    {
        var options = new InProcessTestSiloSpecificOptions { SiloName = name };
        var builder = NewHost();
        ((IHostApplicationBuilder)builder).UseOrleans(silo => silo.Configure<ClusterOptions>(Name).Configure<SiloOptions>(o => o.SiloName = name));
        foreach (var configure in Options.SiloHostConfigurationDelegates) configure(options, builder);
        var host = builder.Build();
        var handle = new InProcessSiloHandle(host, InProcessSiloHandle.SiloOf(host), options);
        try
        {
            await host.StartAsync().ConfigureAwait(false);
        }
        catch
        {
            await handle.StopSiloAsync(stopGracefully: false).ConfigureAwait(false);
            throw;
        }
        lock (_gate) _silos.Add(handle);
        return handle;
    }

    private Task EndAsync(InProcessSiloHandle instance, bool stopGracefully)
    {
        lock (_gate) _silos.Remove(instance);
        return instance.StopSiloAsync(stopGracefully);
    }

    private void Name(ClusterOptions options) => (options.ClusterId, options.ServiceId) = (Options.ClusterId, Options.ServiceId);
}
