namespace IppanFleet.Grains;

/// <summary>The record of a peer at a node. Its key is <c>node/peerId</c>.</summary>
[Alias("ippan.peer")]
public interface IPeerGrain : IGrainWithStringKey
{
    /// <summary>Takes in what changed; a silo reports a peer at most once a second.</summary>
    [Alias("report")]
    Task Report(PeerReport report);

    /// <summary>The record; null when the node never met the peer, or long ago.</summary>
    [Alias("find")]
    Task<PeerRecord?> Find();
}
