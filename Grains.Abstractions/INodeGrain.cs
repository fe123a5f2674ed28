namespace IppanFleet.Grains;

/// <summary>One logical node. Its key is the node's name. While it is active, the node's transport runs in the same silo.</summary>
[Alias("ippan.node")]
public interface INodeGrain : IGrainWithStringKey
{
    /// <summary>Makes the node run as <paramref name="spec"/> says; what runs already is left alone.</summary>
    [Alias("ensure")]
    Task Ensure(NodeSpec spec);

    /// <summary>Stops the node for good: it comes back only when it is ensured again.</summary>
    [Alias("stop")]
    Task Stop();

    /// <summary>The node now, or null when it does not run.</summary>
    [Alias("status")]
    Task<NodeSummary?> Status();

    /// <summary>A page of the connected peers, in the order of their ids; at most <see cref="FleetKeys.MaxPage"/>, none when the node does not run. They are a second old at most.</summary>
    [Alias("peers")]
    Task<PeerSummary[]> Peers(int skip, int take);

    /// <summary>Sends a block, given in its JSON form, to the node's network.</summary>
    /// <exception cref="ArgumentException">It is no block, or breaks a rule.</exception>
    /// <exception cref="InvalidOperationException">The node does not run.</exception>
    [Alias("publish-block")]
    Task<PublishOutcome> PublishBlock(byte[] block);

    /// <summary>Sends a transaction, given in its JSON form, to the node's network.</summary>
    /// <exception cref="ArgumentException">It is no transaction, or breaks a rule.</exception>
    /// <exception cref="InvalidOperationException">The node does not run.</exception>
    [Alias("publish-transaction")]
    Task<PublishOutcome> PublishTransaction(byte[] transaction);
}
