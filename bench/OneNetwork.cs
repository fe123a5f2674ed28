namespace IppanFleet.Hosting.Nodes;

/// <summary>Whether nodes are one network or several.</summary>
internal static class OneNetwork
{
    /// <summary>How many of the nodes the first one reaches over connections among them; all, when they are one network.</summary>
    internal static int ReachableOf(IReadOnlyList<NodeTransport> nodes)
    {
        var peersOf = nodes.ToDictionary(node => node.Network.PeerId, node => node.Network.Snapshot().Peers.Select(peer => peer.PeerId).ToArray(), StringComparer.Ordinal);
        var reached = new HashSet<string>(StringComparer.Ordinal);
        var waiting = new Queue<string>(peersOf.Keys.Take(1));
        while (waiting.TryDequeue(out var peer))
        {
            if (!peersOf.TryGetValue(peer, out var peers) || !reached.Add(peer)) continue;
            foreach (var next in peers) waiting.Enqueue(next);
        }

        return reached.Count;
    }
}
