using Orleans.Runtime;

namespace Orleans.Streams;

/// <summary>The streams of one name, as a silo or a client sees them.</summary>
internal sealed class MemoryStreamProvider(StreamHub hub, GrainRuntime runtime) : IStreamProvider
{
    public string Name => hub.Name;

    public bool IsRewindable => false;

    public IAsyncStream<T> GetStream<T>(StreamId streamId) => new MemoryStream<T>(hub, runtime, streamId);
}

internal sealed class MemoryStream<T>(StreamHub hub, GrainRuntime runtime, StreamId stream) : IAsyncStream<T>
{
    public string ProviderName => hub.Name;

    public StreamId StreamId => stream;

    public Task OnNextAsync(T item, StreamSequenceToken? token = null) => OnNextBatchAsync([item], token);

    public Task OnNextBatchAsync(IEnumerable<T> batch, StreamSequenceToken? token = null)
    {
        try
        {
            // Copied when it is produced: what the producer changes afterwards is not seen.
            var items = Copier.IsImmutable(typeof(T)) ? batch.ToArray() : Copier.CopyOf(batch.ToArray());
            if (items.Length > 0) hub.Enqueue(new StreamBatch<T>(stream, items));
            return Task.CompletedTask;
        }
        catch (Exception e)
        {
            return Task.FromException(e);
        }
    }

    public Task OnCompletedAsync() => throw new NotSupportedException("A memory stream does not end.");

    public Task OnErrorAsync(Exception ex) => throw new NotSupportedException("A memory stream carries no errors.");

    public Task<StreamSubscriptionHandle<T>> SubscribeAsync(IAsyncObserver<T> observer) => SubscribeObserverAsync(observer);

    public Task<StreamSubscriptionHandle<T>> SubscribeAsync(IAsyncBatchObserver<T> observer) => SubscribeObserverAsync(observer);

    public async Task<IList<StreamSubscriptionHandle<T>>> GetAllSubscriptionHandles()
    {
        var consumer = StreamConsumer.OfCaller(runtime);
        List<StreamSubscriptionHandle<T>> handles = [];
        if (consumer.Class is { } grainClass && hub.ImplicitSubscription(stream, grainClass) is { } own && own.Consumer == consumer.Id.ToString())
            handles.Add(Handle(own.Id));
        if (hub.PubSubType == StreamPubSubType.ImplicitOnly) return handles;
        var subscribers = await hub.ExplicitAsync(stream, runtime).ConfigureAwait(false);
        handles.AddRange(subscribers.Where(s => s.Consumer == consumer.Id.ToString()).Select(s => Handle(s.Id)));
        return handles;
    }

    private async Task<StreamSubscriptionHandle<T>> SubscribeObserverAsync(object observer)
    {
        var consumer = StreamConsumer.OfCaller(runtime);
        var subscriber = new StreamSubscriber { Id = Guid.NewGuid(), Consumer = consumer.Id.ToString() };
        // Attached first: an item may come as soon as the subscription is stored.
        consumer.Attach(subscriber.Id, observer);
        await hub.Rendezvous(stream, runtime).Add(hub.Name, stream, subscriber).ConfigureAwait(false);
        return Handle(subscriber.Id);
    }

    private SubscriptionHandle<T> Handle(Guid id) => new(hub, runtime, stream, id);
}

internal sealed class SubscriptionHandle<T>(StreamHub hub, GrainRuntime runtime, StreamId stream, Guid id) : StreamSubscriptionHandle<T>
{
    public override StreamId StreamId => stream;

    public override string ProviderName => hub.Name;

    public override Guid HandleId => id;

    public override Task UnsubscribeAsync()
    {
        StreamConsumer.OfCaller(runtime).Detach(id);
        return hub.Rendezvous(stream, runtime).Remove(hub.Name, stream, id);
    }

    public override Task<StreamSubscriptionHandle<T>> ResumeAsync(IAsyncObserver<T> observer, StreamSequenceToken? token = null) => Resume(observer);

    public override Task<StreamSubscriptionHandle<T>> ResumeAsync(IAsyncBatchObserver<T> observer, StreamSequenceToken? token = null) => Resume(observer);

    public override bool Equals(StreamSubscriptionHandle<T>? other) => other is not null && other.HandleId == id;

    public override bool Equals(object? obj) => Equals(obj as StreamSubscriptionHandle<T>);

    public override int GetHashCode() => id.GetHashCode();

    private Task<StreamSubscriptionHandle<T>> Resume(object observer)
    {
        StreamConsumer.OfCaller(runtime).Attach(id, observer);
        return Task.FromResult<StreamSubscriptionHandle<T>>(this);
    }
}
