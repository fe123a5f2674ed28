using IppanFleet.Grains;

namespace IppanFleet.Hosting.Reports;

/// <summary>Reports that wait to be told, one for each peer at each node: a later one is merged into the one that waits. When it is full a report of a further peer is dropped. Both are counted. Thread-safe.</summary>
internal sealed class ReportQueue(ReportOptions options)
{
    private readonly Lock _gate = new();
    private readonly OrderedDictionary<(string Node, string Peer), PeerReport> _waiting = [];
    private long _coalesced;
    private long _dropped;

    /// <summary>Reports that wait.</summary>
    internal int Count
    {
        get
        {
            lock (_gate) return _waiting.Count;
        }
    }

    /// <summary>Reports that were merged into one that waited.</summary>
    internal long Coalesced => Interlocked.Read(ref _coalesced);

    /// <summary>Reports that were dropped, for want of room or because they could not be told.</summary>
    internal long Dropped => Interlocked.Read(ref _dropped);

    internal void CountDropped() => Interlocked.Increment(ref _dropped);

    internal void Add(PeerReport report)
    {
        lock (_gate)
        {
            var key = (report.Node, report.PeerId);
            if (_waiting.TryGetValue(key, out var earlier))
            {
                _waiting[key] = Merge(earlier, report);
                _coalesced++;
            }
            else if (_waiting.Count < options.QueueLength)
            {
                _waiting.Add(key, report);
            }
            else
            {
                _dropped++;
            }
        }
    }

    /// <summary>Takes up to <paramref name="most"/> reports, those that waited longest first.</summary>
    internal List<PeerReport> Take(int most)
    {
        lock (_gate)
        {
            if (_waiting.Count <= most)
            {
                var all = _waiting.Values.ToList();
                _waiting.Clear();
                return all;
            }

            var taken = _waiting.Values.Take(most).ToList();
            var rest = _waiting.Skip(most).ToArray();
            _waiting.Clear();
            foreach (var (key, report) in rest) _waiting.Add(key, report);
            return taken;
        }
    }

    private static PeerReport Merge(PeerReport earlier, PeerReport later) => later with
    {
        Connections = earlier.Connections + later.Connections,
        Accepted = earlier.Accepted + later.Accepted,
        Rejected = earlier.Rejected + later.Rejected,
        IsMeaningful = earlier.IsMeaningful || later.IsMeaningful,
    };
}
