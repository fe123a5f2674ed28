using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;
using Orleans.Hosting;

namespace IppanFleet.Hosting.Engines;

/// <summary>What the embedded engine needs to be a cluster: a name that the silos of this process share.</summary>
internal static class ClusterBackend
{
    /// <summary>The engine's name.</summary>
    internal const string Name = "embedded";

    /// <summary>Whether a process may have several silos.</summary>
    internal static bool HasSeveralSilos => true;

    /// <summary>Makes the silo a member of its cluster.</summary>
    internal static void Join(ISiloBuilder silo, FleetOptions options, string name)
    {
        silo.Services.Configure<ClusterOptions>(cluster => cluster.ClusterId = options.Process.ClusterId);
        silo.Services.Configure<SiloOptions>(known => known.SiloName = name);
    }
}
