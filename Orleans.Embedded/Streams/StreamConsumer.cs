using Orleans.Runtime;
using Orleans.Streams.Core;

namespace Orleans.Streams;

/// <summary>Who takes the items of which subscription within one activation. Only used in its turns.</summary>
internal sealed class StreamConsumer(Activation activation)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<Guid, object> _observers = [];

    /// <summary>The consumer for which the calling code subscribes: its grain, or the client.</summary>
    public static StreamConsumer OfCaller(GrainRuntime runtime) => (TurnScheduler.CurrentActivation ?? runtime.Self.Value).Streams;

    public GrainId Id => activation.GrainId;

    public GrainClass? Class => activation.Class;

    public void Attach(Guid subscription, object observer)
    {
        lock (_gate) _observers[subscription] = observer;
    }

    public void Detach(Guid subscription)
    {
        lock (_gate) _observers.Remove(subscription);
    }

    public async ValueTask<object?> DeliverAsync(StreamHub hub, StreamSubscriber subscriber, StreamBatch batch)
    {
        if (Find(subscriber.Id) is null && activation.GrainInstance is IStreamSubscriptionObserver grain)
            await grain.OnSubscribed(new HandleFactory(hub, activation.Silo.Runtime, batch.Stream, subscriber.Id)).ConfigureAwait(true);
        // Nobody resumed the subscription in this activation: the batch passes by.
        if (Find(subscriber.Id) is { } observer) await batch.DeliverAsync(observer).ConfigureAwait(true);
        return null;
    }

    public async ValueTask<object?> ReportAsync(StreamSubscriber subscriber, StreamBatch batch, Exception error)
    {
        if (Find(subscriber.Id) is { } observer) await batch.ReportAsync(observer, error).ConfigureAwait(true);
        return null;
    }

    private object? Find(Guid subscription)
    {
        lock (_gate) return _observers.GetValueOrDefault(subscription);
    }

    private sealed class HandleFactory(StreamHub hub, GrainRuntime runtime, StreamId stream, Guid subscription) : IStreamSubscriptionHandleFactory
    {
        public StreamId StreamId => stream;

        public string ProviderName => hub.Name;

        public StreamSubscriptionHandle<T> Create<T>() => new SubscriptionHandle<T>(hub, runtime, stream, subscription);
    }
}
