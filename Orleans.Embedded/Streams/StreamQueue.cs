using Orleans.Runtime;

namespace Orleans.Streams;

/// <summary>
/// A bounded queue of batches. One silo at a time delivers from it. Batches of one stream are delivered in the order in
/// which they came, each once the one before was taken; streams do not wait for each other, but share the bound.
/// </summary>
internal sealed class StreamQueue(StreamHub hub, int number)
{
    /// <summary>The bound of the real engine's memory queue, in batches.</summary>
    public const int Capacity = 16_384;

    /// <summary>For how long delivery of a batch is tried again before it is skipped.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly Dictionary<StreamId, Queue<StreamBatch>> _backlogs = [];
    private Silo? _home;
    private long _lastNumber;
    private int _count;

    /// <exception cref="InvalidOperationException">The queue is full.</exception>
    public void Enqueue(StreamBatch batch)
    {
        lock (_gate)
        {
            if (_count >= Capacity) throw new InvalidOperationException($"Can not enqueue since the count has reached its maximum of {Capacity}");
            _count++;
            batch.Number = ++_lastNumber;
            if (_backlogs.TryGetValue(batch.Stream, out var backlog))
            {
                backlog.Enqueue(batch);
                return;
            }
            backlog = new Queue<StreamBatch>([batch]);
            _backlogs.Add(batch.Stream, backlog);
            StartDelivery(batch.Stream, backlog);
        }
    }

    public void Release(Silo silo, bool isLost)
    {
        lock (_gate)
        {
            if (_home != silo) return;
            _home = null;
            if (!isLost) return;
            // The running deliveries notice: their backlog is no longer the stream's.
            _backlogs.Clear();
            _count = 0;
        }
    }

    // The loop ends with the backlog; it belongs to the queue, which forgets it when the silo is lost.
    private void StartDelivery(StreamId stream, Queue<StreamBatch> backlog) =>
        ThreadPool.UnsafeQueueUserWorkItem(_ => _ = DeliverAsync(stream, backlog), state: null);

    private async Task DeliverAsync(StreamId stream, Queue<StreamBatch> backlog)
    {
        while (Next(stream, backlog) is var (batch, silo))
        {
            if (!await TryDeliverAsync(batch, silo, backlog).ConfigureAwait(false)) continue;
            lock (_gate)
            {
                if (!IsCurrent(stream, backlog)) return;
                backlog.Dequeue();
                _count--;
            }
        }
    }

    /// <summary>False when the delivering silo left in between: the next one begins with this batch again.</summary>
    private async Task<bool> TryDeliverAsync(StreamBatch batch, Silo silo, Queue<StreamBatch> backlog)
    {
        IReadOnlyList<StreamSubscriber> subscribers = [];
        var isKnown = await PersistAsync(
            batch, silo, backlog, async () => subscribers = await hub.SubscribersAsync(batch.Stream, silo.Runtime).ConfigureAwait(false), onGiveUp: null).ConfigureAwait(false);
        if (!isKnown) return false;
        foreach (var subscriber in subscribers)
        {
            if (!await TryDeliverAsync(batch, subscriber, silo, backlog).ConfigureAwait(false)) return false;
        }
        return true;
    }

    private Task<bool> TryDeliverAsync(StreamBatch batch, StreamSubscriber subscriber, Silo silo, Queue<StreamBatch> backlog)
    {
        var consumer = GrainId.Parse(subscriber.Consumer);
        return PersistAsync(
            batch,
            silo,
            backlog,
            async () =>
            {
                try
                {
                    await SendAsync("stream", a => a.Streams.DeliverAsync(hub, subscriber, batch)).ConfigureAwait(false);
                }
                catch (ClientNotAvailableException)
                {
                    // A client ends its subscriptions by going away.
                    await hub.Rendezvous(batch.Stream, silo.Runtime).Remove(hub.Name, batch.Stream, subscriber.Id).ConfigureAwait(false);
                }
            },
            () => _ = SendAsync("stream fault", a => a.Streams.ReportAsync(
                subscriber, batch, new StreamEventDeliveryFailureException($"Stream provider '{hub.Name}' failed to deliver an event of stream {batch.Stream}."))));

        Task SendAsync(string name, Func<Activation, ValueTask<object?>> work) =>
            silo.Runtime.SendAsync(new WorkCall(name, consumer, silo.Runtime, work));
    }

    /// <summary>Tries until it succeeds or patience is at its end, when the batch is skipped; false when the silo is gone.</summary>
    private async Task<bool> PersistAsync(StreamBatch batch, Silo silo, Queue<StreamBatch> backlog, Func<Task> attempt, Action? onGiveUp)
    {
        var (started, pause) = (silo.Time.GetTimestamp(), TimeSpan.FromMilliseconds(50));
        while (true)
        {
            try
            {
                await attempt().ConfigureAwait(false);
                return true;
            }
            catch (Exception e)
            {
                if (silo.IsDead || !IsStillQueued(batch, backlog)) return false;
                if (silo.Time.GetElapsedTime(started) > Patience)
                {
                    silo.Log.DeliveryFailed(e, batch.Stream, hub.Name);
                    onGiveUp?.Invoke();
                    return true;
                }
            }
            await Task.Delay(pause, silo.Time).ConfigureAwait(false);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    private (StreamBatch Batch, Silo Silo)? Next(StreamId stream, Queue<StreamBatch> backlog)
    {
        lock (_gate)
        {
            if (!IsCurrent(stream, backlog)) return null;
            if (backlog.Count > 0 && Home() is { } silo) return (backlog.Peek(), silo);
            _backlogs.Remove(stream);
            _count -= backlog.Count;
            return null;
        }
    }

    private bool IsCurrent(StreamId stream, Queue<StreamBatch> backlog) => _backlogs.TryGetValue(stream, out var current) && current == backlog;

    private Silo? Home()
    {
        if (_home is { Status: SiloStatus.Active }) return _home;
        var active = hub.Cluster.Active;
        return _home = active.Count == 0 ? null : active[number % active.Count];
    }

    private bool IsStillQueued(StreamBatch batch, Queue<StreamBatch> backlog)
    {
        lock (_gate) return IsCurrent(batch.Stream, backlog);
    }
}
