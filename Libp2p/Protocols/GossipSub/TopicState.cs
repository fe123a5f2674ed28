using System.Text;

namespace IppanFleet.Libp2p.Protocols.GossipSub;

/// <summary>What the router knows of one topic: who subscribes, our mesh or fanout, and counts.</summary>
internal sealed class TopicState(Topic topic)
{
    public Topic Topic { get; } = topic;

    /// <summary>The name as it is on the wire.</summary>
    public byte[] Utf8 { get; } = Encoding.UTF8.GetBytes(topic.Name);

    /// <summary>Whether we subscribe.</summary>
    public bool IsSubscribed { get; set; }

    /// <summary>The connected peers that subscribe.</summary>
    public List<PeerState> Subscribers { get; } = [];

    /// <summary>The peers that we exchange whole messages with; empty when we do not subscribe.</summary>
    public List<PeerState> Mesh { get; } = [];

    /// <summary>The peers that we publish to without subscribing, or null.</summary>
    public List<PeerState>? Fanout { get; set; }

    /// <summary>When we last published to the fanout.</summary>
    public TimeSpan LastFanoutPublish { get; set; }

    /// <summary>Ids that are gossiped about; filled and emptied within one heartbeat.</summary>
    public List<MessageId> GossipIds { get; } = [];

    /// <summary>Messages by outcome; guarded with the router's state.</summary>
    public long Sent, ReceivedUnfiltered, Received, Accepted, Ignored, Rejected, Invalid;

    /// <summary>Peers that entered and left our mesh; guarded with the router's state.</summary>
    public long Inclusions, Churns;

    /// <summary>Whether nothing is left to remember.</summary>
    public bool IsIdle => !IsSubscribed && Subscribers.Count == 0 && Fanout is null;
}
