using Orleans.Hosting;

namespace IppanFleet.Hosting.Engines;

/// <summary>What Microsoft Orleans needs to be a cluster.</summary>
internal static class ClusterBackend
{
    /// <summary>The engine's name.</summary>
    internal const string Name = "microsoft";

    /// <summary>Makes the silo a member of its cluster: the one of this machine.</summary>
    internal static void Join(ISiloBuilder silo) => silo.UseLocalhostClustering();
}
