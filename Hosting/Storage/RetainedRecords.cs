namespace IppanFleet.Hosting.Storage;

/// <summary>
/// Records of one name that are kept for a time and up to a size; the oldest make room. The index is in memory, in the order of the versions, and is read from the table when it is first
/// needed: what an earlier process left is kept for a whole lifetime from then on at most. Thread-safe.
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

    /// <summary>Takes a record in that was just written, and removes what is too much.</summary>
    internal async Task AddAsync(RecordKey key, long etag, int bytes)
    {
        await LoadAsync().ConfigureAwait(false);
        lock (_gate)
        {
            Put(new Entry(key, etag, bytes, time.GetTimestamp()));
        }

        await SweepAsync().ConfigureAwait(false);
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
            var now = time.GetTimestamp();
            foreach (var (key, etag, bytes) in known) Put(new Entry(key, etag, bytes, now));
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
