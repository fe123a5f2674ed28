using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;
using Orleans.Hosting;

namespace IppanFleet.Hosting.Engines;

/// <summary>What Microsoft Orleans needs to be a cluster.</summary>
internal static class ClusterBackend
{
    /// <summary>The engine's name.</summary>
    internal const string Name = "microsoft";

    /// <summary>Makes the silo a member of its cluster: the one of this machine.</summary>
    /// <exception cref="NotSupportedException">Several silos are wanted in this process.</exception>
    internal static void Join(ISiloBuilder silo, FleetOptions options, string name)
    {
        if (options.Silos > 1) throw new NotSupportedException("With this engine a process has one silo: start further processes.");
        silo.UseLocalhostClustering();
        silo.Services.Configure<SiloOptions>(known => known.SiloName = name);
    }
}
