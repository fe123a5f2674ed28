namespace IppanFleet.Hosting.Storage;

/// <summary>
/// Records of one name that are kept for a time and up to a size; the oldest make room. The index is in memory, in the order of the versions, and is read from the table when it is first
/// needed. The table has the time at which each was written, so that what an earlier process left lives as long as it would have there. Within a process a step of the wall clock changes
/// nothing. Thread-safe.
/// </summary>
internal sealed class RetainedRecords(RecordStore store, string name, TimeSpan lifetime, int maxRecords, long maxBytes, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly LinkedList<Entry> _order = new();
    private readonly Dictionary<RecordKey, LinkedListNode<Entry>> _entries = [];
    private Task? _loading;
    private long _bytes;
    private long _removed;

    /// <summary>Records that are kept.</summary>
    internal int Count
    {
        get
        {
            lock (_gate) return _order.Count;
        }
    }

    /// <summary>Their bytes as stored.</summary>
    internal long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Records that have expired or made room.</summary>
    internal long Removed => Interlocked.Read(ref _removed);

    /// <summary>Writes a record as <see cref="RecordStore.WriteAsync"/> does, and removes what is too much.</summary>
    internal async Task<long> WriteAsync(RecordKey key, byte[] state, long? expected)
    {
        await LoadAsync().ConfigureAwait(false);
        var (begun, now) = (time.GetTimestamp(), time.GetUtcNow());
        var etag = await store.WriteAsync(key, state, expected, now).ConfigureAwait(false);
        lock (_gate)
        {
            Put(new Entry(key, etag, state.Length, begun));
        }

        await SweepAsync().ConfigureAwait(false);
        return etag;
    }

    /// <summary>Removes what has expired or is too much.</summary>
    internal async Task SweepAsync()
    {
        await LoadAsync().ConfigureAwait(false);
        List<(RecordKey, long)>? victims = null;
        lock (_gate)
        {
            var now = time.GetTimestamp();
            while (_order.First is { Value: var oldest } && (_order.Count > maxRecords || _bytes > maxBytes || time.GetElapsedTime(oldest.At, now) >= lifetime))
            {
                Forget(oldest.Key);
                (victims ??= []).Add((oldest.Key, oldest.Etag));
            }
        }

        if (victims is null) return;
        await store.RemoveAsync(victims).ConfigureAwait(false);
        Interlocked.Add(ref _removed, victims.Count);
    }

    private Task LoadAsync()
    {
        lock (_gate)
        {
            // What failed is tried again.
            if (_loading is null or { IsFaulted: true }) _loading = ReadIndexAsync();
            return _loading;
        }
    }

    private async Task ReadIndexAsync()
    {
        var known = await store.ListAsync(name).ConfigureAwait(false);
        lock (_gate)
        {
            var (timestamp, now) = (time.GetTimestamp(), time.GetUtcNow());
            foreach (var record in known)
            {
                // A record from the future was written before the clock was set back: it counts as written now.
                var age = TimeSpan.FromTicks(Math.Clamp((now - record.Written).Ticks, 0, lifetime.Ticks));
                Put(new Entry(record.Key, record.Etag, record.Bytes, timestamp - (long)(age.TotalSeconds * time.TimestampFrequency)));
            }
        }
    }

    private void Put(in Entry entry)
    {
        // A record that is written again is the newest again.
        Forget(entry.Key);
        _entries.Add(entry.Key, _order.AddLast(entry));
        _bytes += entry.Bytes;
    }

    private void Forget(RecordKey key)
    {
        if (!_entries.Remove(key, out var node)) return;
        _order.Remove(node);
        _bytes -= node.Value.Bytes;
    }

    private readonly record struct Entry(RecordKey Key, long Etag, int Bytes, long At);
}
