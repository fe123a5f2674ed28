using Orleans.Hosting;

namespace IppanFleet.Hosting.Engines;

/// <summary>What the embedded engine needs to be a cluster: nothing, since a silo without a cluster's name is one by itself.</summary>
internal static class ClusterBackend
{
    /// <summary>The engine's name.</summary>
    internal const string Name = "embedded";

    /// <summary>Makes the silo a member of its cluster.</summary>
    internal static void Join(ISiloBuilder silo) => ArgumentNullException.ThrowIfNull(silo);
}
