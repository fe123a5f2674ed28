using Microsoft.Extensions.Hosting;

namespace IppanFleet.Silo.Run;

/// <summary>The host neither listens to signals nor says that it started: the run does.</summary>
internal sealed class OwnLifetime : IHostLifetime
{
    /// <inheritdoc/>
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
