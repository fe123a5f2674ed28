namespace IppanFleet.Grains;

/// <summary>A silo and its nodes at one moment.</summary>
[GenerateSerializer, Immutable, Alias("ippan.silo-summary")]
public sealed record SiloSummary
{
    /// <summary>The silo.</summary>
    [Id(0)] public string Silo { get; init; } = "";

    /// <summary>Its nodes.</summary>
    [Id(1)] public NodeSummary[] Nodes { get; init; } = [];

    /// <summary>Messages that were new to the silo.</summary>
    [Id(2)] public long FirstArrivals { get; init; }

    /// <summary>Messages that a sibling in the silo had heard before.</summary>
    [Id(3)] public long SiblingArrivals { get; init; }

    /// <summary>Messages that were dropped on their way to the streams.</summary>
    [Id(4)] public long Dropped { get; init; }
}

/// <summary>A node that could not be brought up, and why.</summary>
[GenerateSerializer, Immutable, Alias("ippan.node-fault")]
public sealed record NodeFault
{
    /// <summary>The node.</summary>
    [Id(0)] public string Name { get; init; } = "";

    /// <summary>Why.</summary>
    [Id(1)] public string Reason { get; init; } = "";
}

/// <summary>The fleet at one moment, as its silos last told it.</summary>
[GenerateSerializer, Immutable, Alias("ippan.fleet-snapshot")]
public sealed record FleetSnapshot
{
    /// <summary>Nodes that there shall be.</summary>
    [Id(0)] public int Desired { get; init; }

    /// <summary>Nodes that run.</summary>
    [Id(1)] public int Up { get; init; }

    /// <summary>Nodes that take part in the network.</summary>
    [Id(2)] public int Joined { get; init; }

    /// <summary>Silos that were heard of lately.</summary>
    [Id(3)] public int Silos { get; init; }

    /// <summary>Connected peers, summed over the nodes.</summary>
    [Id(4)] public int Peers { get; init; }

    /// <summary>The smallest mesh of any node and topic.</summary>
    [Id(5)] public int MeshMin { get; init; }

    /// <summary>The average mesh over nodes and topics.</summary>
    [Id(6)] public double MeshAverage { get; init; }

    /// <summary>Messages that nodes published.</summary>
    [Id(7)] public long Published { get; init; }

    /// <summary>Valid messages that reached a node for the first time.</summary>
    [Id(8)] public long Delivered { get; init; }

    /// <summary>Messages that had reached the node before.</summary>
    [Id(9)] public long Duplicates { get; init; }

    /// <summary>Messages that broke a rule.</summary>
    [Id(10)] public long Rejected { get; init; }

    /// <summary>Messages dropped on their way from the nodes to the streams.</summary>
    [Id(11)] public long Dropped { get; init; }

    /// <summary>Nodes that cannot be brought up at the moment.</summary>
    [Id(12)] public NodeFault[] Faults { get; init; } = [];
}
