using System.Diagnostics.Metrics;
using IppanFleet.Grains;
using IppanFleet.Hosting.Access;
using IppanFleet.Hosting.Demo;
using IppanFleet.Hosting.Gossip;
using IppanFleet.Hosting.Reports;
using IppanFleet.Hosting.Silos;
using IppanFleet.Hosting.Storage;

namespace IppanFleet.Hosting.Metrics;

/// <summary>The fleet's instruments. They read what is counted elsewhere; the number of series does not grow with what peers do.</summary>
internal sealed class FleetMetrics : IDisposable
{
    /// <summary>The meter.</summary>
    internal const string MeterName = "IppanFleet";

    /// <summary>The meter of the nodes' GossipSub figures.</summary>
    internal const string GossipMeterName = "Libp2p.GossipSub";

    private const string OtherNodes = "other";

    private readonly Meter _meter;
    private readonly ProcessSilos _silos;
    private readonly FleetMonitor _monitor;
    private readonly int _nodeSeries;

    public FleetMetrics(IMeterFactory meters, FleetOptions options, FleetMonitor monitor, DeliveryLedger ledger, NodeAccess access, Retention retention, ReportQueue reports, Reporter reporter)
    {
        (_silos, _monitor, _nodeSeries) = (options.Process, monitor, options.NodeSeries);
        _meter = meters.Create(MeterName);
        AddFleet();
        AddMessages(ledger);
        AddStreams();
        AddMemory(access, retention.Blocks);
        AddReports(reports, reporter, retention.Peers);
        var propagation = _meter.CreateHistogram(
            "ippan_demo_propagation",
            "s",
            "Time from publishing a message of the generator to its arrival at another node, validation included.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] });
        ledger.Arrived = latency => propagation.Record(latency.TotalSeconds);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _meter.Dispose();
        _silos.GossipMeter.Dispose();
    }

    private void AddFleet()
    {
        _meter.CreateObservableGauge("ippan_fleet_nodes_desired", () => _monitor.Fleet?.Desired ?? 0, description: "Logical nodes that the fleet shall have.");
        _meter.CreateObservableGauge("ippan_fleet_nodes_up", () => _monitor.Fleet?.Up ?? 0, description: "Logical nodes of the fleet that run.");
        _meter.CreateObservableGauge("ippan_fleet_nodes_joined", () => _monitor.Fleet?.Joined ?? 0, description: "Logical nodes of the fleet that take part in the network.");
        _meter.CreateObservableGauge("ippan_fleet_silos", () => _monitor.Fleet?.Silos ?? 0, description: "Silos that were heard of lately.");
        _meter.CreateObservableGauge("ippan_node_peers", () => PerNode(node => node.Peers), description: "Connected peers of this silo's nodes.");
    }

    private void AddMessages(DeliveryLedger ledger)
    {
        AddCounter("ippan_node_published", "Messages that this silo's nodes published.", node => node.Published);
        AddCounter("ippan_node_delivered", "Valid messages that reached one of this silo's nodes for the first time.", node => node.Delivered);
        AddCounter("ippan_node_duplicates", "Messages that reached one of this silo's nodes again.", node => node.Duplicates);
        AddCounter("ippan_node_rejected", "Messages that broke a rule at one of this silo's nodes.", node => node.Rejected);
        AddCounter("ippan_node_events_dropped", "Events of this silo's nodes that were not taken in time.", node => node.EventsDropped);
        _meter.CreateObservableCounter("ippan_demo_published", () => ledger.Read().Published, description: "Messages of the generator that the network took.");
        _meter.CreateObservableCounter("ippan_demo_expected", () => ledger.Read().Expected, description: "Arrivals that are to come of the generator's messages.");
        _meter.CreateObservableCounter("ippan_demo_delivered", () => ledger.Read().Delivered, description: "Arrivals that came of the generator's messages.");
    }

    private void AddStreams()
    {
        _meter.CreateObservableCounter(
            "ippan_gossip_arrivals",
            () => GossipKinds.All.SelectMany(kind => new[] { OfTopic(_silos.FiguresOf(kind).First, kind, "first"), OfTopic(_silos.FiguresOf(kind).Siblings, kind, "sibling") }),
            description: "Messages that reached the silos of this process, by whether a sibling node of the silo had them before.");
        _meter.CreateObservableCounter(
            "ippan_gossip_dropped",
            () => GossipKinds.All.Select(kind => OfTopic(_silos.FiguresOf(kind).Dropped, kind, null)),
            description: "Messages dropped between this process's nodes and the streams.");
        _meter.CreateObservableGauge("ippan_gossip_waiting", () => _silos.GossipWaiting, description: "Messages that wait for the streams.");
    }

    private void AddMemory(NodeAccess access, RetainedRecords blocks)
    {
        _meter.CreateObservableGauge("ippan_bans", () => access.Bans, description: "Bans in force.");
        _meter.CreateObservableCounter("ippan_access_refused", () => access.Refused, description: "Connections and dials of this silo's nodes that were refused because of a ban.");
        _meter.CreateObservableGauge("ippan_blocks_kept", () => blocks.Count, description: "Blocks that this process keeps for those who ask.");
        _meter.CreateObservableGauge("ippan_blocks_kept_size", () => blocks.Bytes, "By", "Bytes of these blocks as they are stored.");
        _meter.CreateObservableCounter("ippan_blocks_removed", () => blocks.Removed, description: "Blocks that have expired or made room for newer ones.");
    }

    private void AddReports(ReportQueue queue, Reporter reporter, RetainedRecords peers)
    {
        _meter.CreateObservableCounter("ippan_reports_told", () => reporter.Told, description: "Reports of peers and topics that grains have taken.");
        _meter.CreateObservableCounter("ippan_reports_coalesced", () => queue.Coalesced, description: "Reports of peers that were merged into one that waited.");
        _meter.CreateObservableCounter("ippan_reports_dropped", () => queue.Dropped, description: "Reports of peers that found no room or could not be told.");
        _meter.CreateObservableGauge("ippan_reports_waiting", () => queue.Count, description: "Reports of peers that wait.");
        _meter.CreateObservableGauge("ippan_peer_records", () => peers.Count, description: "Records of peers at nodes that this process keeps.");
    }

    private void AddCounter(string name, string description, Func<NodeSummary, long> read) =>
        _meter.CreateObservableCounter(name, () => _silos.Nodes.Sum(node => read(node.Summary)), description: description);

    private static Measurement<long> OfTopic(long value, GossipKind kind, string? outcome)
    {
        var topic = new KeyValuePair<string, object?>("topic", GossipKinds.TopicOf(kind));
        return outcome is null ? new(value, topic) : new(value, topic, new("outcome", outcome));
    }

    /// <summary>One series for each of the first nodes, and one for the sum of the rest.</summary>
    private IEnumerable<Measurement<int>> PerNode(Func<NodeSummary, int> read)
    {
        var (index, rest) = (0, 0);
        foreach (var node in _silos.Nodes.Select(node => node.Summary).OrderBy(node => node.Name.Length).ThenBy(node => node.Name, StringComparer.Ordinal))
        {
            if (index++ < _nodeSeries) yield return Of(read(node), node.Name);
            else rest += read(node);
        }
        if (index > _nodeSeries) yield return Of(rest, OtherNodes);

        static Measurement<int> Of(int value, string node) => new(value, new KeyValuePair<string, object?>("node", node));
    }
}
