using Microsoft.Extensions.DependencyInjection;
using Orleans.Streams;

namespace Orleans
{
    /// <summary>The streams of a grain.</summary>
    public static class GrainStreamingExtensions
    {
        /// <summary>The provider of that name.</summary>
        /// <exception cref="KeyNotFoundException">The silo has none.</exception>
        public static IStreamProvider GetStreamProvider(this IGrainBase grain, string name) => Find(grain.GrainContext.ActivationServices, name);

        internal static IStreamProvider Find(IServiceProvider services, string name) =>
            services.GetKeyedService<IStreamProvider>(name) ?? throw new KeyNotFoundException($"There is no stream provider '{name}'.");
    }

    /// <summary>The streams of a client.</summary>
    public static class ClientStreamingExtensions
    {
        /// <summary>The provider of that name.</summary>
        /// <exception cref="KeyNotFoundException">The client has none.</exception>
        public static IStreamProvider GetStreamProvider(this IClusterClient client, string name) => GrainStreamingExtensions.Find(client.ServiceProvider, name);
    }
}

namespace Orleans.Streams
{
    /// <summary>Delegates as observers of items.</summary>
    public static class AsyncObservableExtensions
    {
        /// <summary>Subscribes a delegate.</summary>
        public static Task<StreamSubscriptionHandle<T>> SubscribeAsync<T>(this IAsyncObservable<T> obs, Func<T, StreamSequenceToken?, Task> onNextAsync) =>
            obs.SubscribeAsync(new DelegateObserver<T>(onNextAsync, null));

        /// <summary>Subscribes delegates.</summary>
        public static Task<StreamSubscriptionHandle<T>> SubscribeAsync<T>(
            this IAsyncObservable<T> obs, Func<T, StreamSequenceToken?, Task> onNextAsync, Func<Exception, Task> onErrorAsync) =>
            obs.SubscribeAsync(new DelegateObserver<T>(onNextAsync, onErrorAsync));
    }

    /// <summary>Delegates as observers of batches.</summary>
    public static class AsyncBatchObservableExtensions
    {
        /// <summary>Subscribes a delegate.</summary>
        public static Task<StreamSubscriptionHandle<T>> SubscribeAsync<T>(this IAsyncBatchObservable<T> obs, Func<IList<SequentialItem<T>>, Task> onNextAsync) =>
            obs.SubscribeAsync(new DelegateBatchObserver<T>(onNextAsync));
    }

    /// <summary>Delegates that resume a subscription.</summary>
    public static class StreamSubscriptionHandleExtensions
    {
        /// <summary>Says who takes the items in this activation.</summary>
        public static Task<StreamSubscriptionHandle<T>> ResumeAsync<T>(
            this StreamSubscriptionHandle<T> handle, Func<T, StreamSequenceToken?, Task> onNextAsync, StreamSequenceToken? token = null) =>
            handle.ResumeAsync(new DelegateObserver<T>(onNextAsync, null), token);
    }

    internal sealed class DelegateObserver<T>(Func<T, StreamSequenceToken?, Task> onNext, Func<Exception, Task>? onError) : IAsyncObserver<T>
    {
        public Task OnNextAsync(T item, StreamSequenceToken? token = null) => onNext(item, token);

        public Task OnCompletedAsync() => Task.CompletedTask;

        public Task OnErrorAsync(Exception ex) => onError?.Invoke(ex) ?? Task.CompletedTask;
    }

    internal sealed class DelegateBatchObserver<T>(Func<IList<SequentialItem<T>>, Task> onNext) : IAsyncBatchObserver<T>
    {
        public Task OnNextAsync(IList<SequentialItem<T>> items) => onNext(items);

        public Task OnCompletedAsync() => Task.CompletedTask;

        public Task OnErrorAsync(Exception ex) => Task.CompletedTask;
    }
}
