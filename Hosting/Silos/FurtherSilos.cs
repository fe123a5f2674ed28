using System.Globalization;
using IppanFleet.Hosting.Engines;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace IppanFleet.Hosting.Silos;

/// <summary>The second and further silos of the process: they come and go with the first one.</summary>
internal sealed class FurtherSilos(FleetOptions options, ILoggerFactory logs) : IHostedService, IAsyncDisposable
{
    private readonly List<IHost> _hosts = [];

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        for (var number = 2; number <= options.Silos; number++)
        {
            var host = Build($"silo-{number.ToString(CultureInfo.InvariantCulture)}");
            _hosts.Add(host);
            await host.StartAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.WhenAll(_hosts.Select(host => host.StopAsync(cancellationToken)));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var host in _hosts)
        {
            if (host is IAsyncDisposable disposable) await disposable.DisposeAsync().ConfigureAwait(false);
            else host.Dispose();
        }
    }

    private IHost Build(string name)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddSingleton(logs);
        ((IHostApplicationBuilder)builder).UseOrleans(silo =>
        {
            ClusterBackend.Join(silo, options, name);
            silo.AddFleetSilo(options);
        });
        return builder.Build();
    }
}
