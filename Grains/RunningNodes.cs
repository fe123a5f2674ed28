namespace IppanFleet.Grains;

/// <summary>The nodes that run, in the order in which they came up.</summary>
internal sealed class RunningNodes
{
    private readonly OrderedDictionary<string, NodeAnnouncement> _nodes = new(StringComparer.Ordinal);

    internal int Count => _nodes.Count;

    internal bool Contains(string name) => _nodes.ContainsKey(name);

    internal void Set(NodeAnnouncement node) => _nodes[node.Name] = node;

    internal void Remove(string name) => _nodes.Remove(name);

    /// <summary>One address each of up to eight other nodes. The oldest is always among them: so all that ever started are connected, whatever chance says.</summary>
    internal string[] SiblingsOf(string name, Random random)
    {
        var others = _nodes.Values.Where(node => node.Name != name && node.Addresses.Length > 0).ToArray();
        // A partial Fisher-Yates shuffle behind the oldest.
        for (var i = 1; i < Math.Min(FleetKeys.MaxSiblings, others.Length); i++)
        {
            var other = random.Next(i, others.Length);
            (others[i], others[other]) = (others[other], others[i]);
        }

        return [.. others.Take(FleetKeys.MaxSiblings).Select(node => node.Addresses[0])];
    }
}
