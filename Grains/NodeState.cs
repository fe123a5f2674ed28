namespace IppanFleet.Grains;

/// <summary>What a node remembers.</summary>
[GenerateSerializer, Alias("ippan.node-state")]
public sealed class NodeState
{
    /// <summary>What the node shall be.</summary>
    [Id(0)] public NodeSpec Spec { get; set; } = new();

    /// <summary>Whether it shall run.</summary>
    [Id(1)] public bool IsWanted { get; set; }

    /// <summary>The peer id that it last had.</summary>
    [Id(2)] public string PeerId { get; set; } = "";

    /// <summary>Counts the leases: whoever knows an older number has lost the node.</summary>
    [Id(3)] public long Epoch { get; set; }

    /// <summary>Who holds the lease; empty when it was given back.</summary>
    [Id(4)] public string Holder { get; set; } = "";

    /// <summary>Which peers outside of the fleet the node dials when it starts, and where it last reached them. What else is known of each is in its <see cref="IPeerGrain"/>.</summary>
    [Id(5)] public string[] KnownPeers { get; set; } = [];
}
