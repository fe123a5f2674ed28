using Orleans.Placement;

namespace IppanFleet.Grains;

/// <inheritdoc cref="ITopicGrain"/>
/// <remarks>Nothing is stored: what silos know of their nodes is the truth, and they tell a new activation all of it within a second.</remarks>
[GrainType("ippan-topic"), PreferLocalPlacement]
public sealed class TopicGrain(TimeProvider time) : Grain, ITopicGrain
{
    /// <summary>A silo that is silent for so long is gone; silos report each topic every five seconds at least.</summary>
    internal static readonly TimeSpan SiloLifetime = TimeSpan.FromSeconds(15);

    private readonly Dictionary<string, (Dictionary<string, NodeTopic> Nodes, DateTimeOffset At)> _silos = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public Task<bool> Report(TopicReport report)
    {
        var isKnown = _silos.TryGetValue(report.Silo, out var silo);
        if (!isKnown && !report.IsWhole) return Task.FromResult(false);
        var nodes = report.IsWhole ? new Dictionary<string, NodeTopic>(StringComparer.Ordinal) : silo.Nodes;
        foreach (var node in report.Gone) nodes.Remove(node);
        foreach (var node in report.Nodes) nodes[node.Node] = node;
        _silos[report.Silo] = (nodes, time.GetUtcNow());
        return Task.FromResult(true);
    }

    /// <inheritdoc/>
    public Task<TopicSummary> Summary()
    {
        var nodes = Known();
        return Task.FromResult(new TopicSummary
        {
            Topic = this.GetPrimaryKeyString(),
            Nodes = nodes.Count,
            MeshMin = nodes.Count == 0 ? 0 : nodes.Values.Min(node => node.Mesh),
            MeshAverage = nodes.Count == 0 ? 0 : nodes.Values.Average(node => node.Mesh),
            MeshMax = nodes.Count == 0 ? 0 : nodes.Values.Max(node => node.Mesh),
            AcceptedRate = nodes.Values.Sum(node => node.AcceptedRate),
            DuplicateRate = nodes.Values.Sum(node => node.DuplicateRate),
        });
    }

    /// <inheritdoc/>
    public Task<NodeTopic[]> Nodes(int skip, int take) => Task.FromResult(Known().Values
        .OrderBy(node => node.Node.Length).ThenBy(node => node.Node, StringComparer.Ordinal)
        .Skip(Math.Max(0, skip)).Take(Math.Clamp(take, 0, FleetKeys.MaxPage)).ToArray());

    /// <summary>The nodes of all silos that were heard of lately. A node that moved counts where it was told of last.</summary>
    private Dictionary<string, NodeTopic> Known()
    {
        var now = time.GetUtcNow();
        var known = new Dictionary<string, NodeTopic>(StringComparer.Ordinal);
        foreach (var (silo, (nodes, at)) in _silos.OrderBy(silo => silo.Value.At))
        {
            if (now - at > SiloLifetime) _silos.Remove(silo);
            else foreach (var (name, node) in nodes) known[name] = node;
        }

        return known;
    }
}
