using IppanFleet.Ippan;

namespace IppanFleet.Hosting.Demo;

/// <summary>What became of the generator's messages so far.</summary>
internal sealed record DeliveryFigures(long Published, long Expected, long Delivered, TimeSpan? P50, TimeSpan? P99);

/// <summary>
/// Books which node is to receive which of the generator's messages, and which has. A message is entered before it is published, since it may arrive before the publisher
/// hears that it went out. At most <see cref="Capacity"/> messages are open: an older one is closed with what had come. Thread-safe.
/// </summary>
internal sealed class DeliveryLedger
{
    /// <summary>Messages that may be on their way.</summary>
    internal const int Capacity = 4_096;

    private readonly Lock _gate = new();
    private readonly OrderedDictionary<Hash32, Entry> _open = [];
    private readonly LatencyHistogram _latencies = new();
    private long _published;
    private long _expected;
    private long _delivered;

    /// <summary>Is called with each arrival's time from publishing.</summary>
    internal Action<TimeSpan>? Arrived { get; set; }

    /// <summary>Messages that have not arrived everywhere.</summary>
    internal int Open
    {
        get
        {
            lock (_gate) return _open.Count;
        }
    }

    /// <summary>A message is about to be published to these nodes.</summary>
    internal void Enter(Hash32 id, IEnumerable<string> receivers, DateTimeOffset at)
    {
        var entry = new Entry(new HashSet<string>(receivers, StringComparer.Ordinal), at);
        lock (_gate)
        {
            if (_open.Count >= Capacity) _open.RemoveAt(0);
            _open[id] = entry;
        }
    }

    /// <summary>The network took the message: its arrivals count.</summary>
    internal void Confirm(Hash32 id)
    {
        lock (_gate)
        {
            if (!_open.TryGetValue(id, out var entry)) return;
            entry.IsConfirmed = true;
            _published++;
            _expected += entry.Pending.Count + entry.Early.Count;
            foreach (var latency in entry.Early) Count(latency);
            if (entry.Pending.Count == 0) _open.Remove(id);
        }
    }

    /// <summary>The network did not take the message.</summary>
    internal void Cancel(Hash32 id)
    {
        lock (_gate) _open.Remove(id);
    }

    /// <summary>A message has arrived at a node; what is not in the ledger is not the generator's.</summary>
    internal void Deliver(string node, Hash32 id, DateTimeOffset at)
    {
        lock (_gate)
        {
            if (!_open.TryGetValue(id, out var entry) || !entry.Pending.Remove(node)) return;
            var latency = at > entry.At ? at - entry.At : TimeSpan.Zero;
            if (!entry.IsConfirmed)
            {
                entry.Early.Add(latency);
                return;
            }

            Count(latency);
            if (entry.Pending.Count == 0) _open.Remove(id);
        }
    }

    internal DeliveryFigures Read()
    {
        lock (_gate) return new DeliveryFigures(_published, _expected, _delivered, _latencies.Quantile(0.50), _latencies.Quantile(0.99));
    }

    private void Count(TimeSpan latency)
    {
        _delivered++;
        _latencies.Add(latency);
        Arrived?.Invoke(latency);
    }

    private sealed class Entry(HashSet<string> pending, DateTimeOffset at)
    {
        internal HashSet<string> Pending { get; } = pending;

        /// <summary>Arrivals from before the publisher knew.</summary>
        internal List<TimeSpan> Early { get; } = [];

        internal DateTimeOffset At { get; } = at;

        internal bool IsConfirmed { get; set; }
    }
}
