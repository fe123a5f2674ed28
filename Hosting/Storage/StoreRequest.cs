using Orleans.Storage;

namespace IppanFleet.Hosting.Storage;

/// <summary>Something to be done in a transaction, whose end its caller waits for.</summary>
internal abstract class StoreRequest
{
    /// <summary>Does it, within the open transaction.</summary>
    internal abstract void Apply(RecordTable table);

    /// <summary>The transaction is on the disk.</summary>
    internal abstract void Complete();

    /// <summary>It was not done.</summary>
    internal abstract void Fail(Exception fault);
}

/// <inheritdoc cref="StoreRequest"/>
internal sealed class StoreRequest<T>(Func<RecordTable, T> action) : StoreRequest
{
    private readonly TaskCompletionSource<T> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T? _result;
    private InconsistentStateException? _conflict;

    internal Task<T> Done => _done.Task;

    internal override void Apply(RecordTable table)
    {
        _conflict = null;
        try
        {
            _result = action(table);
        }
        catch (InconsistentStateException e)
        {
            // It concerns this caller alone, and stands only if the transaction does.
            _conflict = e;
        }
    }

    internal override void Complete()
    {
        if (_conflict is not null) _done.TrySetException(_conflict);
        else _done.TrySetResult(_result!);
    }

    internal override void Fail(Exception fault) => _done.TrySetException(fault);
}
