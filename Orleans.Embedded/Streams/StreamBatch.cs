using Orleans.Runtime;

namespace Orleans.Streams;

/// <summary>What was produced at once: one entry of a queue.</summary>
internal abstract class StreamBatch(StreamId stream)
{
    public StreamId Stream { get; } = stream;

    /// <summary>Is given when the batch is queued.</summary>
    public long Number { get; set; }

    /// <summary>Runs in the consumer's turn.</summary>
    public abstract Task DeliverAsync(object observer);

    /// <summary>Tells the consumer that this batch is skipped.</summary>
    public abstract Task ReportAsync(object observer, Exception error);
}

internal sealed class StreamBatch<T>(StreamId stream, T[] items) : StreamBatch(stream)
{
    private static readonly bool IsShared = Copier.IsImmutable(typeof(T));

    public override async Task DeliverAsync(object observer)
    {
        // Each consumer has its own copy, as each would read its own off a wire.
        var context = IsShared ? null : new CopyContext();
        T Own(T item) => context is null ? item : (T)Copier.Copy(item, context)!;
        switch (observer)
        {
            case IAsyncBatchObserver<T> batches:
                var sequence = new SequentialItem<T>[items.Length];
                for (var i = 0; i < items.Length; i++) sequence[i] = new SequentialItem<T>(Own(items[i]), new SequenceToken(Number, i));
                await batches.OnNextAsync(sequence).ConfigureAwait(true);
                break;
            case IAsyncObserver<T> singles:
                for (var i = 0; i < items.Length; i++) await singles.OnNextAsync(Own(items[i]), new SequenceToken(Number, i)).ConfigureAwait(true);
                break;
            default:
                throw new InvalidCastException($"Stream {Stream} carries {typeof(T)}, which {observer.GetType()} does not observe.");
        }
    }

    public override Task ReportAsync(object observer, Exception error) => observer switch
    {
        IAsyncBatchObserver<T> batches => batches.OnErrorAsync(error),
        IAsyncObserver<T> singles => singles.OnErrorAsync(error),
        _ => Task.CompletedTask,
    };
}

[GenerateSerializer, Immutable]
internal sealed class SequenceToken(long number, int index) : StreamSequenceToken
{
    public override long SequenceNumber { get; protected set; } = number;

    public override int EventIndex { get; protected set; } = index;

    public override bool Equals(StreamSequenceToken? other) => CompareTo(other) == 0;

    public override bool Equals(object? obj) => Equals(obj as StreamSequenceToken);

    public override int GetHashCode() => HashCode.Combine(SequenceNumber, EventIndex);

    public override int CompareTo(StreamSequenceToken? other) =>
        other is null ? 1 : (SequenceNumber, EventIndex).CompareTo((other.SequenceNumber, other.EventIndex));
}
