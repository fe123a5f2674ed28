namespace IppanFleet.Grains;

/// <summary>The door through which node grains start and command the transports of their own silo.</summary>
public interface INodeTransportHost
{
    /// <summary>Under which name this silo holds leases: no other silo has it, nor has it this one after a restart.</summary>
    string Holder { get; }

    /// <summary>How long a node may run after its lease was last renewed.</summary>
    TimeSpan LeaseTime { get; }

    /// <summary>Whether it is certain that nothing runs any more under that holder's leases.</summary>
    bool IsGone(string holder);

    /// <summary>Storage still knows the node's lease, as of the monotonic timestamp <paramref name="begun"/>. Nothing happens when the node does not run.</summary>
    void RenewLease(string node, long begun);

    /// <summary>Where peers outside of this process were reached that the node is connected to now: multiaddrs with peer ids, in order, at most 16.</summary>
    string[] KnownPeers(string node);

    /// <summary>Starts a node's network; it listens when this returns. A node that runs is left alone.</summary>
    /// <param name="spec">What the node shall be.</param>
    /// <param name="siblings">Multiaddrs of running nodes of the fleet, and of peers that the node knew before.</param>
    /// <param name="leaseBegun">The monotonic timestamp from before the node's lease was written.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="IOException">An address cannot be listened on; the message says which and why.</exception>
    Task<NodeAnnouncement> StartAsync(NodeSpec spec, string[] siblings, long leaseBegun, CancellationToken cancellationToken);

    /// <summary>Stops a node's network; nothing happens when it does not run.</summary>
    Task StopAsync(string node);

    /// <summary>The node as it is now, or null when it was not started here.</summary>
    NodeSummary? Find(string node);

    /// <summary>The connected peers of a node as it saw them last, in the order of their ids; none when it does not run here.</summary>
    PeerSummary[] PeersOf(string node, int skip, int take);

    /// <summary>Sends a message, given in its JSON form, from a node to its network.</summary>
    /// <exception cref="ArgumentException">The data is not of that kind, or breaks a rule.</exception>
    /// <exception cref="InvalidOperationException">The node does not run here.</exception>
    ValueTask<PublishOutcome> PublishAsync(string node, GossipKind kind, byte[] data);
}
