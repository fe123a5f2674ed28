namespace IppanFleet.Grains;

/// <summary>The door through which node grains start and command the transports of their own silo.</summary>
public interface INodeTransportHost
{
    /// <summary>Starts a node's network; it listens when this returns. A node that runs is left alone.</summary>
    /// <param name="spec">What the node shall be.</param>
    /// <param name="siblings">Multiaddrs of running nodes of the fleet.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="IOException">An address cannot be listened on; the message says which and why.</exception>
    Task<NodeAnnouncement> StartAsync(NodeSpec spec, string[] siblings, CancellationToken cancellationToken);

    /// <summary>Stops a node's network; nothing happens when it does not run.</summary>
    Task StopAsync(string node);

    /// <summary>The node as it is now, or null when it was not started here.</summary>
    NodeSummary? Find(string node);

    /// <summary>Sends a message, given in its JSON form, from a node to its network.</summary>
    /// <exception cref="ArgumentException">The data is not of that kind, or breaks a rule.</exception>
    /// <exception cref="InvalidOperationException">The node does not run here.</exception>
    ValueTask<PublishOutcome> PublishAsync(string node, GossipKind kind, byte[] data);
}
