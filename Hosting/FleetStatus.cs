using IppanFleet.Grains;

namespace IppanFleet.Hosting;

/// <summary>A silo's nodes and what the generator's messages came to, at one moment.</summary>
public sealed record FleetStatus
{
    /// <summary>Nodes that there shall be.</summary>
    public int Desired { get; init; }

    /// <summary>Nodes that run here, in the order of their names.</summary>
    public IReadOnlyList<NodeSummary> Nodes { get; init; } = [];

    /// <summary>Nodes that take part in the network.</summary>
    public int Joined { get; init; }

    /// <summary>Nodes that took part in it at some time.</summary>
    public int EverJoined { get; init; }

    /// <summary>Connected peers, summed over the nodes.</summary>
    public int Peers { get; init; }

    /// <summary>The smallest mesh of any node and topic.</summary>
    public int MeshMin { get; init; }

    /// <summary>The average mesh over nodes and topics.</summary>
    public double MeshAverage { get; init; }

    /// <summary>Messages that the generator published and the network took.</summary>
    public long Published { get; init; }

    /// <summary>Arrivals that are to come of them: one at each other node that had joined.</summary>
    public long Expected { get; init; }

    /// <summary>Arrivals that came: at the receiving node, after transport, security and validation.</summary>
    public long Delivered { get; init; }

    /// <summary>What came of what was to come; 1 when nothing was.</summary>
    public double DeliveredRatio => Expected == 0 ? 1 : (double)Delivered / Expected;

    /// <summary>Further copies that the mesh brought to nodes which had the message already.</summary>
    public long Duplicates { get; init; }

    /// <summary>Messages that broke a rule.</summary>
    public long Rejected { get; init; }

    /// <summary>The time from publishing to arrival that half of the arrivals stay below; null when there were none.</summary>
    public TimeSpan? PropagationP50 { get; init; }

    /// <summary>The time from publishing to arrival that 99 % of the arrivals stay below; null when there were none.</summary>
    public TimeSpan? PropagationP99 { get; init; }
}
