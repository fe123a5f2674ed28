using System.Collections.Concurrent;
using Orleans.Runtime;

namespace Orleans.Streams;

/// <summary>The queues of one provider in a cluster, and who subscribed to its streams.</summary>
internal sealed class StreamHub
{
    private readonly StreamQueue[] _queues;
    private readonly ConcurrentDictionary<StreamId, StreamSubscriber[]> _explicit = new();

    public StreamHub(Cluster cluster, string name, int queues, StreamPubSubType pubSubType)
    {
        (Cluster, Name, PubSubType) = (cluster, name, pubSubType);
        _queues = [.. Enumerable.Range(0, queues).Select(number => new StreamQueue(this, number))];
    }

    public Cluster Cluster { get; }

    public string Name { get; }

    public StreamPubSubType PubSubType { get; }

    public int QueueCount => _queues.Length;

    public void Enqueue(StreamBatch batch) => _queues[GrainKeys.StableHash(batch.Stream.ToString()) % (uint)_queues.Length].Enqueue(batch);

    /// <summary>Gives up what a silo pulled for: to the others, or to nobody when it was lost with the silo.</summary>
    public void Release(Silo silo, bool isLost)
    {
        foreach (var queue in _queues) queue.Release(silo, isLost);
    }

    /// <summary>Those who subscribed by call changed; the store has been written.</summary>
    public void SubscribersChanged(StreamId stream, StreamSubscriber[] subscribers) => _explicit[stream] = subscribers;

    public StreamSubscriber? ImplicitSubscription(StreamId stream, GrainClass grainClass) =>
        PubSubType == StreamPubSubType.ExplicitGrainBasedOnly || !grainClass.StreamNamespaces.Contains(stream.GetNamespace() ?? "")
            ? null
            : new StreamSubscriber
            {
                Id = StreamSubscriber.ImplicitId(Name, stream, grainClass.GrainType),
                Consumer = new GrainId(grainClass.GrainType, GrainKeys.OfStream(stream, grainClass.Type)).ToString(),
            };

    public async ValueTask<IReadOnlyList<StreamSubscriber>> SubscribersAsync(StreamId stream, GrainRuntime runtime)
    {
        List<StreamSubscriber> all = [];
        foreach (var grainClass in Cluster.Parts.SubscribersOf(stream.GetNamespace()))
        {
            if (ImplicitSubscription(stream, grainClass) is { } subscription) all.Add(subscription);
        }
        if (PubSubType != StreamPubSubType.ImplicitOnly) all.AddRange(await ExplicitAsync(stream, runtime).ConfigureAwait(false));
        return all;
    }

    public async ValueTask<StreamSubscriber[]> ExplicitAsync(StreamId stream, GrainRuntime runtime)
    {
        if (_explicit.TryGetValue(stream, out var known)) return known;
        var stored = await Rendezvous(stream, runtime).Subscribers(Name, stream).ConfigureAwait(false);
        return _explicit.GetOrAdd(stream, stored);
    }

    public IPubSubRendezvousGrain Rendezvous(StreamId stream, GrainRuntime runtime) => PubSubType == StreamPubSubType.ImplicitOnly
        ? throw new NotSupportedException($"Stream provider '{Name}' has implicit subscriptions only.")
        : runtime.GetGrain<IPubSubRendezvousGrain>($"{Name}/{stream}");
}
