using System.Threading.Channels;
using Microsoft.Data.Sqlite;

namespace IppanFleet.Hosting.Storage;

/// <summary>
/// Versioned records in SQLite with one writer. What waits is done in one transaction, so that many share the price of one
/// write to the disk (group commit); nobody hears of success before that write. Callers wait when the queue is full.
/// </summary>
internal sealed class RecordStore : IAsyncDisposable
{
    /// <summary>Requests that may wait; further callers wait for room.</summary>
    internal const int QueueLength = 4_096;

    /// <summary>Requests in a transaction.</summary>
    internal const int BatchLength = 512;

    /// <summary>Bytes of a record.</summary>
    internal const int MaxRecordBytes = 64 << 20;

    private readonly Channel<StoreRequest> _queue = Channel.CreateBounded<StoreRequest>(new BoundedChannelOptions(QueueLength) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });
    private readonly RecordTable _table;
    private readonly string _path;
    private readonly Task _work;

    internal RecordStore(SqliteConnection connection, string path)
    {
        (_table, _path) = (new RecordTable(connection), path);
        _work = WorkAsync();
    }

    /// <summary>Transactions that were committed.</summary>
    internal long Commits { get; private set; }

    /// <summary>The record, or null.</summary>
    /// <exception cref="DataFault">The database does not answer.</exception>
    internal Task<StoredRecord?> ReadAsync(RecordKey key) => DoAsync(table => table.Read(key));

    /// <summary>Writes the record if storage has the <paramref name="expected"/> version, and returns the new one. It is on the disk then.</summary>
    /// <param name="key">Which record.</param>
    /// <param name="state">What is written.</param>
    /// <param name="expected">The version that storage must have; null: none.</param>
    /// <param name="written">When, for records that are kept for a time; others have no time.</param>
    /// <exception cref="Orleans.Storage.InconsistentStateException">Storage has another version.</exception>
    /// <exception cref="DataFault">It was not written; the message says why.</exception>
    internal Task<long> WriteAsync(RecordKey key, byte[] state, long? expected, DateTimeOffset? written = null) => state.Length > MaxRecordBytes
        ? throw new DataFault($"{_path}: record {key.Name} of {key.Grain} has {state.Length} bytes, more than {MaxRecordBytes}")
        : DoAsync(table => table.Write(key, state, expected, written ?? DateTimeOffset.UnixEpoch));

    /// <summary>Removes the record if storage has the <paramref name="expected"/> version.</summary>
    /// <exception cref="Orleans.Storage.InconsistentStateException">Storage has another version.</exception>
    internal Task ClearAsync(RecordKey key, long? expected) => DoAsync(table =>
    {
        table.Clear(key, expected);
        return true;
    });

    /// <summary>The records of that name, the oldest version first.</summary>
    internal Task<List<ListedRecord>> ListAsync(string name) => DoAsync(table => table.List(name));

    /// <summary>Removes records that still have these versions.</summary>
    internal Task RemoveAsync(IReadOnlyCollection<(RecordKey Key, long Etag)> records) => DoAsync(table =>
    {
        foreach (var (key, etag) in records) table.Remove(key, etag);
        return true;
    });

    /// <summary>Finishes what waits and closes the database.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_queue.Writer.TryComplete()) return;
        await _work.ConfigureAwait(false);
        _table.Dispose();
    }

    private async Task<T> DoAsync<T>(Func<RecordTable, T> action)
    {
        var request = new StoreRequest<T>(action);
        try
        {
            await _queue.Writer.WriteAsync(request).ConfigureAwait(false);
        }
        catch (ChannelClosedException e)
        {
            throw new DataFault($"{_path} was closed", e);
        }

        return await request.Done.ConfigureAwait(false);
    }

    private async Task WorkAsync()
    {
        var batch = new List<StoreRequest>(BatchLength);
        while (await _queue.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            while (batch.Count < BatchLength && _queue.Reader.TryRead(out var request)) batch.Add(request);
            Do(batch);
            batch.Clear();
        }
    }

    private void Do(List<StoreRequest> batch)
    {
        try
        {
            _table.Begin();
            foreach (var request in batch) request.Apply(_table);
            _table.Commit();
            Commits++;
        }
        catch (Exception e)
        {
            var fault = GiveUp(e);
            foreach (var request in batch) request.Fail(fault);
            return;
        }

        foreach (var request in batch) request.Complete();
    }

    private DataFault GiveUp(Exception cause)
    {
        try
        {
            _table.Rollback();
        }
        catch (SqliteException e)
        {
            return new DataFault($"{_path}: {cause.Message}; and it could not be undone: {e.Message}", cause);
        }

        return cause is SqliteException fault ? SqliteFaults.Explain(fault, _path) : new DataFault($"{_path}: {cause.Message}", cause);
    }
}
