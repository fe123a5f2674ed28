using System.Diagnostics.Metrics;
using System.Runtime.InteropServices;

namespace IppanFleet.Libp2p.Protocols.GossipSub;

/// <summary>The metrics of all GossipSub nodes of a process, in rust-libp2p's vocabulary, on a meter that the host owns. Figures are read when they are collected: the message path pays nothing.</summary>
/// <remarks>Labels: <c>node</c>, of which only the first are told apart and the rest added up as <c>other</c>; <c>topic</c>, own subscriptions only; <c>outcome</c>.</remarks>
public sealed class GossipSubMetrics
{
    private const string Prefix = "libp2p_gossipsub_";
    private const string Rest = "other";

    private readonly Lock _gate = new();
    private readonly List<(string Name, GossipSubProtocol Node)> _nodes = [];
    private readonly int _maxNodes;

    /// <summary>Creates the instruments.</summary>
    /// <param name="meter">Where they are created.</param>
    /// <param name="maxNodes">Nodes that are told apart. Default 64.</param>
    public GossipSubMetrics(Meter meter, int maxNodes = 64)
    {
        _maxNodes = maxNodes;
        Topic(meter, "topic_msg_sent_counts", "{message}", "Messages sent, copies included", static topic => topic.Sent);
        Topic(meter, "topic_msg_recv_counts_unfiltered", "{message}", "Messages received, copies included", static topic => topic.ReceivedUnfiltered);
        Topic(meter, "topic_msg_recv_counts", "{message}", "Messages received, each once", static topic => topic.Received);
        Topic(meter, "accepted_messages_per_topic", "{message}", "Messages accepted by validation", static topic => topic.Accepted);
        Topic(meter, "ignored_messages_per_topic", "{message}", "Messages ignored by validation", static topic => topic.Ignored);
        Topic(meter, "rejected_messages_per_topic", "{message}", "Messages rejected by validation", static topic => topic.Rejected);
        Topic(meter, "invalid_messages_per_topic", "{message}", "Messages without a valid signature", static topic => topic.Invalid);
        Topic(meter, "mesh_peer_inclusion_events", "{event}", "Peers that entered a mesh", static topic => topic.Inclusions);
        Topic(meter, "mesh_peer_churn_events", "{event}", "Peers that left a mesh", static topic => topic.Churns);
        meter.CreateObservableGauge(Prefix + "mesh_peer_counts", () => PerTopic(static topic => topic.Mesh.Count), "{peer}", "Peers in the mesh");
        meter.CreateObservableGauge(Prefix + "queue_size", () => PerNode(static node => node.CountQueued()), "{message}", "Messages that wait for peers");
        meter.CreateObservableGauge(Prefix + "heartbeat_duration", () => LongestHeartbeat(), "s", "The longest of the nodes' last heartbeats");
        meter.CreateObservableCounter(Prefix + "duplicate_messages", () => PerNode(static node => node.Statistics.Duplicates), "{message}", "Copies of known messages");
        meter.CreateObservableCounter(Prefix + "memcache_misses", () => PerNode(static node => node.Statistics.CacheMisses), "{message}", "Messages asked for that were no longer kept");
        meter.CreateObservableCounter(Prefix + "topic_iwant_msgs", () => PerNode(static node => node.Statistics.Requested), "{message}", "Messages that were asked for");
        meter.CreateObservableCounter(Prefix + "failed_messages", Failed, "{message}", "What was dropped, by outcome");
    }

    /// <summary>Includes a node; disposing of the answer takes it out.</summary>
    public IDisposable Attach(string name, GossipSubProtocol node)
    {
        lock (_gate) _nodes.Add((name, node));
        return new Attachment(this, node);
    }

    private void Topic(Meter meter, string name, string unit, string description, Func<TopicState, long> figure) =>
        meter.CreateObservableCounter(Prefix + name, () => PerTopic(figure), unit, description);

    private List<Measurement<long>> PerTopic(Func<TopicState, long> figure)
    {
        var sums = new Dictionary<(string Node, string Topic), long>();
        foreach (var (name, node) in Labelled())
        {
            node.ReadFigures(topic => CollectionsMarshal.GetValueRefOrAddDefault(sums, (name, topic.Topic.Name), out _) += figure(topic));
        }
        return [.. sums.Select(static sum => new Measurement<long>(sum.Value, Label("node", sum.Key.Node), Label("topic", sum.Key.Topic)))];
    }

    private List<Measurement<long>> PerNode(Func<GossipSubProtocol, long> figure)
    {
        var sums = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var (name, node) in Labelled()) CollectionsMarshal.GetValueRefOrAddDefault(sums, name, out _) += figure(node);
        return [.. sums.Select(static sum => new Measurement<long>(sum.Value, Label("node", sum.Key)))];
    }

    private List<Measurement<long>> Failed()
    {
        (string Outcome, Func<GossipSubStatistics, long> Figure)[] outcomes =
        [
            ("queue_full", static s => s.DroppedQueueFull), ("gossip_queue_full", static s => s.DroppedGossip), ("subscription_limit", static s => s.DroppedSubscriptions),
            ("control_limit", static s => s.DroppedControl), ("unknown_topic", static s => s.UnknownTopic), ("replayed", static s => s.Replayed),
            ("graylisted", static s => s.Graylisted), ("known_rejected", static s => s.KnownRejected),
        ];
        List<Measurement<long>> measurements = [];
        foreach (var (outcome, figure) in outcomes)
        {
            foreach (var measurement in PerNode(node => figure(node.Statistics)))
            {
                measurements.Add(new Measurement<long>(measurement.Value, [.. measurement.Tags, Label("outcome", outcome)]));
            }
        }
        return measurements;
    }

    private double LongestHeartbeat()
    {
        var longest = TimeSpan.Zero;
        foreach (var (_, node) in Labelled())
        {
            if (node.LastHeartbeatDuration > longest) longest = node.LastHeartbeatDuration;
        }
        return longest.TotalSeconds;
    }

    private static KeyValuePair<string, object?> Label(string key, string value) => new(key, value);

    private List<(string Name, GossipSubProtocol Node)> Labelled()
    {
        lock (_gate) return [.. _nodes.Select((entry, i) => i < _maxNodes ? entry : (Rest, entry.Node))];
    }

    private sealed class Attachment(GossipSubMetrics metrics, GossipSubProtocol node) : IDisposable
    {
        public void Dispose()
        {
            lock (metrics._gate) metrics._nodes.RemoveAll(entry => entry.Node == node);
        }
    }
}
