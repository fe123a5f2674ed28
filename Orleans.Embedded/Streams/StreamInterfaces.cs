#pragma warning disable MA0095 // What derives overrides Equals(object); the real engine's abstract types do not
using Orleans.Runtime;

namespace Orleans.Streams
{
    /// <summary>A named set of streams.</summary>
    public interface IStreamProvider
    {
        /// <summary>The name under which the silo configured it.</summary>
        string Name { get; }

        /// <summary>Whether a subscriber may begin in the past. Memory streams in the embedded engine: no.</summary>
        bool IsRewindable { get; }

        /// <summary>The stream of that identity; it need not be made.</summary>
        IAsyncStream<T> GetStream<T>(StreamId streamId);
    }

    /// <summary>A stream.</summary>
    public interface IAsyncStream
    {
        /// <summary>The provider's name.</summary>
        string ProviderName { get; }

        /// <summary>Which stream of the provider.</summary>
        StreamId StreamId { get; }
    }

    /// <summary>A stream of items of one type.</summary>
    public interface IAsyncStream<T> : IAsyncStream, IAsyncObservable<T>, IAsyncBatchObservable<T>, IAsyncBatchProducer<T>
    {
        /// <summary>The subscriptions of the calling grain, or of the client.</summary>
        Task<IList<StreamSubscriptionHandle<T>>> GetAllSubscriptionHandles();
    }

    /// <summary>Takes items one by one.</summary>
    public interface IAsyncObserver<in T>
    {
        /// <summary>Takes an item.</summary>
        Task OnNextAsync(T item, StreamSequenceToken? token = null);

        /// <summary>Hears that no more will come.</summary>
        Task OnCompletedAsync();

        /// <summary>Hears that an item was skipped since it could not be delivered.</summary>
        Task OnErrorAsync(Exception ex);
    }

    /// <summary>Takes items in the batches in which they were produced.</summary>
    public interface IAsyncBatchObserver<T>
    {
        /// <summary>Takes a batch.</summary>
        Task OnNextAsync(IList<SequentialItem<T>> items);

        /// <summary>Hears that no more will come.</summary>
        Task OnCompletedAsync();

        /// <summary>Hears that a batch was skipped since it could not be delivered.</summary>
        Task OnErrorAsync(Exception ex);
    }

    /// <summary>Takes items to be delivered.</summary>
    public interface IAsyncBatchProducer<in T> : IAsyncObserver<T>
    {
        /// <summary>Queues a batch; the task ends when it is queued.</summary>
        /// <exception cref="InvalidOperationException">The queue is full: 16,384 batches wait.</exception>
        Task OnNextBatchAsync(IEnumerable<T> batch, StreamSequenceToken? token = null);
    }

    /// <summary>Can be subscribed to.</summary>
    public interface IAsyncObservable<T>
    {
        /// <summary>Subscribes for good: the subscription outlives the activation, which then resumes it.</summary>
        Task<StreamSubscriptionHandle<T>> SubscribeAsync(IAsyncObserver<T> observer);
    }

    /// <summary>Can be subscribed to in batches.</summary>
    public interface IAsyncBatchObservable<T>
    {
        /// <summary>Subscribes for good: the subscription outlives the activation, which then resumes it.</summary>
        Task<StreamSubscriptionHandle<T>> SubscribeAsync(IAsyncBatchObserver<T> observer);
    }

    /// <summary>An item and where it stands in its stream.</summary>
    public class SequentialItem<T>(T item, StreamSequenceToken token)
    {
        /// <summary>The item.</summary>
        public T Item { get; } = item;

        /// <summary>Where it stands.</summary>
        public StreamSequenceToken Token { get; } = token;
    }

    /// <summary>Where an item stands in its stream.</summary>
    public abstract class StreamSequenceToken : IEquatable<StreamSequenceToken>, IComparable<StreamSequenceToken>
    {
        /// <summary>The number of the batch.</summary>
        public abstract long SequenceNumber { get; protected set; }

        /// <summary>The place in the batch.</summary>
        public abstract int EventIndex { get; protected set; }

        /// <inheritdoc/>
        public abstract bool Equals(StreamSequenceToken? other);

        /// <inheritdoc/>
        public abstract int CompareTo(StreamSequenceToken? other);
    }

    /// <summary>A subscription, to be resumed or ended.</summary>
    public abstract class StreamSubscriptionHandle<T> : IEquatable<StreamSubscriptionHandle<T>>
    {
        /// <summary>Which stream.</summary>
        public abstract StreamId StreamId { get; }

        /// <summary>The provider's name.</summary>
        public abstract string ProviderName { get; }

        /// <summary>Which subscription.</summary>
        public abstract Guid HandleId { get; }

        /// <summary>Ends the subscription.</summary>
        public abstract Task UnsubscribeAsync();

        /// <summary>Says who takes the items in this activation.</summary>
        public abstract Task<StreamSubscriptionHandle<T>> ResumeAsync(IAsyncObserver<T> observer, StreamSequenceToken? token = null);

        /// <summary>Says who takes the batches in this activation.</summary>
        public abstract Task<StreamSubscriptionHandle<T>> ResumeAsync(IAsyncBatchObserver<T> observer, StreamSequenceToken? token = null);

        /// <inheritdoc/>
        public abstract bool Equals(StreamSubscriptionHandle<T>? other);
    }

    /// <summary>What an observer is told of items that were skipped; why they could not be delivered is in the silo's log.</summary>
    public class StreamEventDeliveryFailureException : OrleansException
    {
        /// <summary>With words.</summary>
        public StreamEventDeliveryFailureException(string message)
            : base(message)
        {
        }
    }

    /// <summary>Who may subscribe to the streams of a provider, and how.</summary>
    public enum StreamPubSubType
    {
        /// <summary>Grains by call, and classes by attribute.</summary>
        ExplicitGrainBasedAndImplicit = 0,

        /// <summary>Grains by call.</summary>
        ExplicitGrainBasedOnly = 1,

        /// <summary>Classes by attribute: no storage is needed.</summary>
        ImplicitOnly = 2,
    }
}

namespace Orleans.Streams.Core
{
    /// <summary>What a subscribed class implements to say who takes the items.</summary>
    public interface IStreamSubscriptionObserver
    {
        /// <summary>Is called once per activation and subscription, before the first item.</summary>
        Task OnSubscribed(IStreamSubscriptionHandleFactory handleFactory);
    }

    /// <summary>Makes the handle of a subscription that the grain did not make itself.</summary>
    public interface IStreamSubscriptionHandleFactory
    {
        /// <summary>Which stream.</summary>
        StreamId StreamId { get; }

        /// <summary>The provider's name.</summary>
        string ProviderName { get; }

        /// <summary>Makes the handle.</summary>
        StreamSubscriptionHandle<T> Create<T>();
    }
}
