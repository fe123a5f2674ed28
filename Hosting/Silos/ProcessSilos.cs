using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using IppanFleet.Grains;
using IppanFleet.Hosting.Demo;
using IppanFleet.Hosting.Gossip;
using IppanFleet.Hosting.Metrics;
using IppanFleet.Hosting.Nodes;
using IppanFleet.Hosting.Storage;
using IppanFleet.Libp2p.Protocols.GossipSub;

namespace IppanFleet.Hosting.Silos;

/// <summary>What the silos of one process have in common, so that whoever looks at the process sees all of its nodes.</summary>
internal sealed class ProcessSilos
{
    private readonly ConcurrentDictionary<NodeTransportHost, bool> _hosts = new();
    private readonly Lock _gate = new();
    private readonly GossipFigures[] _ended = new GossipFigures[GossipKinds.Count];
    private readonly TaskCompletionSource _gathered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private RecordStore? _memory;
    private Retention? _retained;
    private int _arrived;

    internal ProcessSilos() => GossipMetrics = new GossipSubMetrics(GossipMeter);

    /// <summary>The cluster that they make.</summary>
    internal string ClusterId { get; } = Guid.NewGuid().ToString("N");

    /// <summary>The generator's messages.</summary>
    internal DeliveryLedger Ledger { get; } = new();

    /// <summary>The meter of the nodes' GossipSub figures: one for the process, or each silo's would be a series of its own.</summary>
    internal Meter GossipMeter { get; } = new(FleetMetrics.GossipMeterName);

    /// <summary>Shows the nodes' GossipSub figures.</summary>
    internal GossipSubMetrics GossipMetrics { get; }

    /// <summary>The nodes of all silos of the process, in no order.</summary>
    internal IEnumerable<NodeTransport> Nodes => _hosts.Keys.SelectMany(host => host.Nodes);

    /// <summary>Messages of all silos of the process that wait for the streams.</summary>
    internal int GossipWaiting => _hosts.Keys.Sum(host => host.Events.Waiting);

    internal void Add(NodeTransportHost host) => _hosts[host] = true;

    /// <summary>A silo has left. Its counters stay in the sums; what the last one kept in memory goes with it.</summary>
    internal async ValueTask RemoveAsync(NodeTransportHost host)
    {
        RecordStore? memory = null;
        lock (_gate)
        {
            if (!_hosts.TryRemove(host, out _)) return;
            // Counters do not go back because a silo has ended.
            foreach (var kind in GossipKinds.All) _ended[(int)kind] += host.Events.FiguresOf(kind);
            if (_hosts.IsEmpty) (memory, _memory, _retained) = (_memory, null, null);
        }

        if (memory is not null) await memory.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>What became of a kind of messages in all silos that the process has or had.</summary>
    internal GossipFigures FiguresOf(GossipKind kind)
    {
        lock (_gate) return _hosts.Keys.Aggregate(_ended[(int)kind], (sum, host) => sum + host.Events.FiguresOf(kind));
    }

    /// <summary>What is kept for a time: one index for all silos of the process. Without a data folder it is in the process's memory.</summary>
    internal Retention Retain(FleetOptions options, TimeProvider time)
    {
        lock (_gate) return _retained ??= new Retention(options.Data?.Records ?? (_memory ??= new RecordStore(SqliteFile.OpenInMemory(), "the process's memory")), options, time);
    }

    /// <summary>A silo is in the cluster; ends once so many are. Nodes that were placed before would all be in the first one.</summary>
    internal Task ArriveAsync(int expected)
    {
        if (Interlocked.Increment(ref _arrived) >= expected) _gathered.TrySetResult();
        return _gathered.Task;
    }
}
