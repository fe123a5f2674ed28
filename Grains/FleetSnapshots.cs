namespace IppanFleet.Grains;

/// <summary>Puts a fleet's snapshot together.</summary>
internal static class FleetSnapshots
{
    internal static FleetSnapshot Of(int desired, NodeFault[] faults, IEnumerable<SiloSummary> silos)
    {
        var summaries = silos.ToArray();
        var nodes = summaries.SelectMany(silo => silo.Nodes).ToArray();
        var meshes = nodes.Where(node => node.Phase != NodePhase.Failed).SelectMany(node => node.Meshes).Select(mesh => mesh.Peers).DefaultIfEmpty().ToArray();
        return new FleetSnapshot
        {
            Desired = desired,
            Up = nodes.Count(node => node.Phase != NodePhase.Failed),
            Joined = nodes.Count(node => node.Phase == NodePhase.Joined),
            Silos = summaries.Length,
            Peers = nodes.Sum(node => node.Peers),
            MeshMin = meshes.Min(),
            MeshAverage = meshes.Average(),
            Published = nodes.Sum(node => node.Published),
            Delivered = nodes.Sum(node => node.Delivered),
            Duplicates = nodes.Sum(node => node.Duplicates),
            Rejected = nodes.Sum(node => node.Rejected),
            Dropped = summaries.Sum(silo => silo.Dropped) + nodes.Sum(node => node.EventsDropped),
            Faults = faults,
        };
    }
}
