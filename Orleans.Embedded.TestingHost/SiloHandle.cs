using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Runtime;

namespace Orleans.TestingHost;

/// <summary>A silo of a test cluster.</summary>
public abstract class SiloHandle : IAsyncDisposable
{
    private protected SiloHandle(string name, SiloAddress address) => (Name, SiloAddress) = (name, address);

    /// <summary>The silo's name.</summary>
    public string Name { get; }

    /// <summary>The silo's address.</summary>
    public SiloAddress SiloAddress { get; }

    /// <summary>Whether it was started, and neither stopped nor killed.</summary>
    public abstract bool IsActive { get; }

    /// <summary>Stops the silo in order, or kills it.</summary>
    public abstract Task StopSiloAsync(bool stopGracefully);

    /// <inheritdoc/>
    public override string ToString() => $"{Name} {SiloAddress}";

    /// <summary>Stops the silo in order if it is still there.</summary>
    public abstract ValueTask DisposeAsync();
}

/// <summary>A silo of a test cluster, with its host.</summary>
public sealed class InProcessSiloHandle : SiloHandle
{
    private readonly Silo _silo;
    private bool _isHostDisposed;

    internal InProcessSiloHandle(IHost host, Silo silo, InProcessTestSiloSpecificOptions options)
        : base(silo.Name, silo.Address) => (SiloHost, _silo, Options) = (host, silo, options);

    /// <summary>The silo's host.</summary>
    public IHost SiloHost { get; }

    /// <summary>The services of the silo's host.</summary>
    public IServiceProvider ServiceProvider => SiloHost.Services;

    /// <inheritdoc/>
    public override bool IsActive => _silo.Status == SiloStatus.Active;

    internal InProcessTestSiloSpecificOptions Options { get; }

    /// <summary>
    /// Stops the silo in order, or kills it. Killed, it is dead for the others at once: its grains stop between two awaits,
    /// nothing is deactivated or flushed, and its host's services are stopped with a token that is cancelled already.
    /// </summary>
    public override async Task StopSiloAsync(bool stopGracefully)
    {
        if (stopGracefully)
        {
            await StopHostAsync(CancellationToken.None).ConfigureAwait(false);
            return;
        }
        _silo.Cluster.Kill(_silo);
        await StopHostAsync(new CancellationToken(canceled: true)).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync() => await StopHostAsync(CancellationToken.None).ConfigureAwait(false);

    private async Task StopHostAsync(CancellationToken cancellationToken)
    {
        if (_isHostDisposed) return;
        _isHostDisposed = true;
        try
        {
            await SiloHost.StopAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            // A service that was killed may complain as it likes: nobody in a dead process would hear it.
        }
        finally
        {
            if (SiloHost is IAsyncDisposable host) await host.DisposeAsync().ConfigureAwait(false);
            else SiloHost.Dispose();
        }
    }

    internal static Silo SiloOf(IHost host) => host.Services.GetRequiredService<Silo>();
}
