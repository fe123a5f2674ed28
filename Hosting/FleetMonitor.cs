using IppanFleet.Grains;
using IppanFleet.Hosting.Demo;
using IppanFleet.Hosting.Gossip;
using IppanFleet.Hosting.Nodes;

namespace IppanFleet.Hosting;

/// <summary>What is known in this process, ready to be looked at: nothing here waits for a grain or a node.</summary>
public sealed class FleetMonitor
{
    private readonly NodeTransportHost _nodes;
    private readonly DeliveryLedger _ledger;
    private readonly FirstSeen _seen;
    private readonly GossipQueue _queue;
    private readonly FleetOptions _options;
    private volatile FleetSnapshot? _fleet;

    internal FleetMonitor(NodeTransportHost nodes, DeliveryLedger ledger, FirstSeen seen, GossipQueue queue, FleetOptions options) =>
        (_nodes, _ledger, _seen, _queue, _options) = (nodes, ledger, seen, queue, options);

    /// <summary>The whole fleet as it was a second ago; null before it was first heard of.</summary>
    public FleetSnapshot? Fleet
    {
        get => _fleet;
        internal set => _fleet = value;
    }

    /// <summary>The nodes of this process and what the generator's messages came to.</summary>
    public FleetStatus Read()
    {
        var nodes = _options.Process.Nodes.Select(node => node.Summary).OrderBy(node => node.Name.Length).ThenBy(node => node.Name, StringComparer.Ordinal).ToArray();
        var meshes = nodes.Where(node => node.Phase != NodePhase.Failed).SelectMany(node => node.Meshes).Select(mesh => mesh.Peers).DefaultIfEmpty().ToArray();
        var figures = _ledger.Read();
        return new FleetStatus
        {
            Desired = _fleet?.Desired ?? _options.Nodes,
            Nodes = nodes,
            Joined = nodes.Count(node => node.Phase == NodePhase.Joined),
            EverJoined = _options.Process.Nodes.Count(node => node.HasJoined),
            Peers = nodes.Sum(node => node.Peers),
            MeshMin = meshes.Min(),
            MeshAverage = meshes.Average(),
            Published = figures.Published,
            Expected = figures.Expected,
            Delivered = figures.Delivered,
            Duplicates = nodes.Sum(node => node.Duplicates),
            Rejected = nodes.Sum(node => node.Rejected),
            PropagationP50 = figures.P50,
            PropagationP99 = figures.P99,
        };
    }

    /// <summary>Looks at every node anew, then reads.</summary>
    public FleetStatus Refresh()
    {
        foreach (var node in _options.Process.Nodes) node.Refresh(_nodes.IsAlone);
        return Read();
    }

    /// <summary>Why this process is not ready; empty when it is.</summary>
    public IReadOnlyList<string> ReasonsNotReady()
    {
        var reasons = new List<string>();
        var fleet = _fleet;
        if (fleet is null) reasons.Add("the fleet was not heard of yet");
        foreach (var fault in fleet?.Faults ?? []) reasons.Add($"{fault.Name}: {fault.Reason}");
        foreach (var node in _options.Process.Nodes.Select(node => node.Summary))
        {
            if (node.Phase == NodePhase.Failed) reasons.Add($"{node.Name}: {node.Fault}");
            else if (node.Phase != NodePhase.Joined) reasons.Add($"{node.Name}: has not joined ({node.Peers} peers)");
        }

        if (fleet is not null && fleet.Up < fleet.Desired) reasons.Add($"{fleet.Up} of {fleet.Desired} nodes run");
        return reasons;
    }

    internal SiloSummary Summarise(string silo) => new()
    {
        Silo = silo,
        Nodes = [.. _nodes.Nodes.Select(node => node.Refresh(_nodes.IsAlone))],
        FirstArrivals = GossipKinds.All.Sum(_seen.FirstArrivals),
        SiblingArrivals = GossipKinds.All.Sum(_seen.SiblingArrivals),
        Dropped = GossipKinds.All.Sum(_queue.Dropped),
    };
}
