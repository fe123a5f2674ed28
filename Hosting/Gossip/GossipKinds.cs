using IppanFleet.Grains;
using IppanFleet.Ippan;

namespace IppanFleet.Hosting.Gossip;

/// <summary>The kinds of messages, their topics and their streams.</summary>
internal static class GossipKinds
{
    /// <summary>How many there are; their numbers begin at 0.</summary>
    internal const int Count = 4;

    /// <summary>All of them, the least important first.</summary>
    internal static readonly GossipKind[] All = [GossipKind.PeerInfo, GossipKind.Transaction, GossipKind.DagVertex, GossipKind.Block];

    internal static string TopicOf(GossipKind kind) => kind switch
    {
        GossipKind.Block => IppanTopics.Blocks,
        GossipKind.Transaction => IppanTopics.Transactions,
        GossipKind.DagVertex => IppanTopics.DagVertices,
        _ => IppanTopics.PeerInfo,
    };

    internal static string StreamOf(GossipKind kind) => kind switch
    {
        GossipKind.Block => GossipStreams.Blocks,
        GossipKind.Transaction => GossipStreams.Transactions,
        GossipKind.DagVertex => GossipStreams.DagVertices,
        _ => GossipStreams.PeerInfo,
    };
}
