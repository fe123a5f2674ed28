using IppanFleet.Grains;

namespace IppanFleet.Hosting.Gossip;

/// <summary>
/// What waits for the streams: bounded by messages and by bytes. When it is full the oldest message of the least important kind makes room for a more important one, so
/// that blocks are dropped last; what finds no room is dropped itself. Every drop is counted. Thread-safe; one reader.
/// </summary>
internal sealed class GossipQueue(GossipOptions options) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Queue<GossipItem>[] _waiting = [new(), new(), new(), new()];
    private readonly long[] _dropped = new long[GossipKinds.Count];
    private readonly SemaphoreSlim _signal = new(0, 1);
    private int _count;
    private long _bytes;

    /// <summary>Messages that wait.</summary>
    internal int Count => Volatile.Read(ref _count);

    /// <summary>Messages of a kind that were dropped, here or by the reader.</summary>
    internal long Dropped(GossipKind kind) => Interlocked.Read(ref _dropped[(int)kind]);

    /// <summary>Counts messages that the reader could not pass on.</summary>
    internal void CountDropped(GossipKind kind, int messages) => Interlocked.Add(ref _dropped[(int)kind], messages);

    /// <summary>False when there was no room, and the message was dropped and counted.</summary>
    internal bool TryAdd(GossipItem item)
    {
        lock (_gate)
        {
            while (!HasRoomFor(item))
            {
                if (TryDropBelow(item.Kind)) continue;
                CountDropped(item.Kind, 1);
                return false;
            }

            _waiting[(int)item.Kind].Enqueue(item);
            _count++;
            _bytes += item.Data.Length;
            if (_signal.CurrentCount == 0) _signal.Release();
            return true;
        }
    }

    /// <summary>Ends once something waits.</summary>
    internal async Task WaitAsync(CancellationToken cancellationToken)
    {
        while (Count == 0) await _signal.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Takes up to <paramref name="most"/> of the messages that wait, the most important kinds first.</summary>
    internal List<GossipItem> Take(int most)
    {
        lock (_gate)
        {
            var items = new List<GossipItem>(Math.Min(most, _count));
            for (var kind = _waiting.Length - 1; kind >= 0; kind--)
            {
                while (items.Count < most && _waiting[kind].TryDequeue(out var item))
                {
                    items.Add(item);
                    Forget(item);
                }
            }

            return items;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _signal.Dispose();

    private bool HasRoomFor(GossipItem item) => _count < options.QueueItems && _bytes + item.Data.Length <= options.QueueBytes;

    private bool TryDropBelow(GossipKind kind)
    {
        for (var lower = 0; lower < (int)kind; lower++)
        {
            if (!_waiting[lower].TryDequeue(out var victim)) continue;
            Forget(victim);
            CountDropped(victim.Kind, 1);
            return true;
        }

        return false;
    }

    private void Forget(GossipItem item)
    {
        _count--;
        _bytes -= item.Data.Length;
    }
}
