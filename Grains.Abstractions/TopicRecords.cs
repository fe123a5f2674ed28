namespace IppanFleet.Grains;

/// <summary>A node that subscribes to a topic.</summary>
[GenerateSerializer, Immutable, Alias("ippan.node-topic")]
public sealed record NodeTopic
{
    /// <summary>The node.</summary>
    [Id(0)] public string Node { get; init; } = "";

    /// <summary>Peers in its mesh.</summary>
    [Id(1)] public int Mesh { get; init; }

    /// <summary>Connected peers of it that subscribe.</summary>
    [Id(2)] public int Subscribers { get; init; }

    /// <summary>Valid messages that reached it for the first time, so far.</summary>
    [Id(3)] public long Accepted { get; init; }

    /// <summary>Copies of messages that it had, so far.</summary>
    [Id(4)] public long Duplicates { get; init; }

    /// <summary>Valid messages a second, lately.</summary>
    [Id(5)] public double AcceptedRate { get; init; }

    /// <summary>Copies a second, lately.</summary>
    [Id(6)] public double DuplicateRate { get; init; }
}

/// <summary>What changed about a topic at the nodes of a silo since its last report.</summary>
[GenerateSerializer, Immutable, Alias("ippan.topic-report")]
public sealed record TopicReport
{
    /// <summary>The silo.</summary>
    [Id(0)] public string Silo { get; init; } = "";

    /// <summary>Whether <see cref="Nodes"/> are all nodes of the silo that subscribe; else those that changed.</summary>
    [Id(1)] public bool IsWhole { get; init; }

    /// <summary>Nodes that subscribe.</summary>
    [Id(2)] public NodeTopic[] Nodes { get; init; } = [];

    /// <summary>Nodes that do so no more.</summary>
    [Id(3)] public string[] Gone { get; init; } = [];
}

/// <summary>A topic over the whole fleet.</summary>
[GenerateSerializer, Immutable, Alias("ippan.topic-summary")]
public sealed record TopicSummary
{
    /// <summary>The topic.</summary>
    [Id(0)] public string Topic { get; init; } = "";

    /// <summary>Nodes that subscribe.</summary>
    [Id(1)] public int Nodes { get; init; }

    /// <summary>The smallest mesh.</summary>
    [Id(2)] public int MeshMin { get; init; }

    /// <summary>The average mesh.</summary>
    [Id(3)] public double MeshAverage { get; init; }

    /// <summary>The largest mesh.</summary>
    [Id(4)] public int MeshMax { get; init; }

    /// <summary>Valid messages a second, summed over the nodes.</summary>
    [Id(5)] public double AcceptedRate { get; init; }

    /// <summary>Copies a second, summed over the nodes.</summary>
    [Id(6)] public double DuplicateRate { get; init; }
}
