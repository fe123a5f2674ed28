using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;
using Orleans.Hosting;

namespace IppanFleet.Hosting.Engines;

/// <summary>What Microsoft Orleans needs to be a cluster.</summary>
internal static class ClusterBackend
{
    /// <summary>The engine's name.</summary>
    internal const string Name = "microsoft";

    /// <summary>Whether a process may have several silos: further ones are further processes.</summary>
    internal static bool HasSeveralSilos => false;

    /// <summary>Makes the silo a member of its cluster: the one of this machine.</summary>
    internal static void Join(ISiloBuilder silo, FleetOptions options, string name)
    {
        silo.UseLocalhostClustering();
        silo.Services.Configure<SiloOptions>(known => known.SiloName = name);
    }
}
