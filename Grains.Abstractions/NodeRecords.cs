namespace IppanFleet.Grains;

/// <summary>What a logical node shall be.</summary>
[GenerateSerializer, Immutable, Alias("ippan.node-spec")]
public sealed record NodeSpec
{
    /// <summary>The node's name, unique in the fleet.</summary>
    [Id(0)] public string Name { get; init; } = "";

    /// <summary>The name that its key pair is derived from.</summary>
    [Id(1)] public string Identity { get; init; } = "";

    /// <summary>Multiaddrs to listen on.</summary>
    [Id(2)] public string[] Listen { get; init; } = [];

    /// <summary>Multiaddrs of peers outside of the fleet to start from.</summary>
    [Id(3)] public string[] Bootstrap { get; init; } = [];
}

/// <summary>Which nodes a new fleet has.</summary>
[GenerateSerializer, Immutable, Alias("ippan.fleet-plan")]
public sealed record FleetPlan
{
    /// <summary>Number of nodes.</summary>
    [Id(0)] public int Nodes { get; init; }

    /// <summary>What every node listens on.</summary>
    [Id(1)] public string[] Listen { get; init; } = [];

    /// <summary>What the first node listens on instead; empty: the same as the others.</summary>
    [Id(2)] public string[] FirstListen { get; init; } = [];

    /// <summary>Multiaddrs of peers outside of the fleet, for every node.</summary>
    [Id(3)] public string[] Bootstrap { get; init; } = [];
}

/// <summary>A node that runs, and where.</summary>
[GenerateSerializer, Immutable, Alias("ippan.node-announcement")]
public sealed record NodeAnnouncement
{
    /// <summary>The node.</summary>
    [Id(0)] public string Name { get; init; } = "";

    /// <summary>Its peer id.</summary>
    [Id(1)] public string PeerId { get; init; } = "";

    /// <summary>Where it can be dialed: multiaddrs that end in its peer id.</summary>
    [Id(2)] public string[] Addresses { get; init; } = [];
}

/// <summary>How far a node has come.</summary>
[GenerateSerializer, Alias("ippan.node-phase")]
public enum NodePhase
{
    /// <summary>It listens, and has yet to find its place in the network.</summary>
    Starting = 0,

    /// <summary>It takes part: it is in a mesh of every topic that it needs, or is the network's only node.</summary>
    Joined = 1,

    /// <summary>Its network ended by a fault.</summary>
    Failed = 2,
}

/// <summary>A node's mesh on one topic.</summary>
[GenerateSerializer, Immutable, Alias("ippan.mesh-summary")]
public sealed record MeshSummary
{
    /// <summary>The topic.</summary>
    [Id(0)] public string Topic { get; init; } = "";

    /// <summary>Peers in the mesh.</summary>
    [Id(1)] public int Peers { get; init; }
}

/// <summary>A node as its silo sees it.</summary>
[GenerateSerializer, Immutable, Alias("ippan.node-summary")]
public sealed record NodeSummary
{
    /// <summary>The node.</summary>
    [Id(0)] public string Name { get; init; } = "";

    /// <summary>Its peer id.</summary>
    [Id(1)] public string PeerId { get; init; } = "";

    /// <summary>Where it can be dialed.</summary>
    [Id(2)] public string[] Addresses { get; init; } = [];

    /// <summary>How far it has come.</summary>
    [Id(3)] public NodePhase Phase { get; init; }

    /// <summary>Connected peers.</summary>
    [Id(4)] public int Peers { get; init; }

    /// <summary>Its meshes.</summary>
    [Id(5)] public MeshSummary[] Meshes { get; init; } = [];

    /// <summary>Messages that it published.</summary>
    [Id(6)] public long Published { get; init; }

    /// <summary>Valid messages that reached it for the first time.</summary>
    [Id(7)] public long Delivered { get; init; }

    /// <summary>Messages that had reached it before.</summary>
    [Id(8)] public long Duplicates { get; init; }

    /// <summary>Messages that broke a rule.</summary>
    [Id(9)] public long Rejected { get; init; }

    /// <summary>Events that were dropped because the silo was slow to take them.</summary>
    [Id(10)] public long EventsDropped { get; init; }

    /// <summary>Why it failed; empty otherwise.</summary>
    [Id(11)] public string Fault { get; init; } = "";
}

/// <summary>What became of a message that a node was told to publish.</summary>
[GenerateSerializer, Immutable, Alias("ippan.publish-outcome")]
public sealed record PublishOutcome
{
    /// <summary>Whether it went to at least one peer.</summary>
    [Id(0)] public bool IsSent { get; init; }

    /// <summary>Peers that it was handed to.</summary>
    [Id(1)] public int Peers { get; init; }

    /// <summary>Why it was not sent; empty otherwise.</summary>
    [Id(2)] public string Reason { get; init; } = "";
}
