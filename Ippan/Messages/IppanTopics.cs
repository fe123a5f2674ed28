namespace IppanFleet.Ippan;

/// <summary>The GossipSub topics that IPPAN nodes share. Payloads are JSON: a <see cref="NetworkMessage"/>, on the last topic a <see cref="DagVertexAnnouncement"/>.</summary>
public static class IppanTopics
{
    /// <summary>Blocks.</summary>
    public const string Blocks = "ippan/blocks";

    /// <summary>Transactions.</summary>
    public const string Transactions = "ippan/transactions";

    /// <summary>Who a node is and where it listens.</summary>
    public const string PeerInfo = "ippan/peer-info";

    /// <summary>New vertices of the block DAG, without their blocks.</summary>
    public const string DagVertices = "ippan/dag-vertices";
}
