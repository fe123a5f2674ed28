using Microsoft.Data.Sqlite;
using Orleans.Storage;

namespace IppanFleet.Hosting.Storage;

/// <summary>Which record: its name among those of its grain, and the grain.</summary>
internal readonly record struct RecordKey(string Name, string Grain);

/// <summary>A record as it is stored.</summary>
internal sealed record StoredRecord(byte[] State, long Etag);

/// <summary>A record without its state: its version, its size, and when it was written.</summary>
internal readonly record struct ListedRecord(RecordKey Key, long Etag, int Bytes, DateTimeOffset Written);

/// <summary>The table of records. Not thread-safe; its caller has one transaction open around what belongs together.</summary>
internal sealed class RecordTable : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly SqliteCommand _read;
    private readonly SqliteCommand _version;
    private readonly SqliteCommand _write;
    private readonly SqliteCommand _delete;
    private readonly SqliteCommand _remove;
    private readonly SqliteCommand _count;
    private long _etag;
    private long _countedEtag;

    internal RecordTable(SqliteConnection connection)
    {
        _connection = connection;
        _read = Command("SELECT etag, state FROM record WHERE name = $name AND grain = $grain", "$name", "$grain");
        _version = Command("SELECT etag FROM record WHERE name = $name AND grain = $grain", "$name", "$grain");
        _write = Command("INSERT OR REPLACE INTO record (name, grain, etag, state, written) VALUES ($name, $grain, $etag, $state, $written)", "$name", "$grain", "$etag", "$state", "$written");
        _delete = Command("DELETE FROM record WHERE name = $name AND grain = $grain", "$name", "$grain");
        _remove = Command("DELETE FROM record WHERE name = $name AND grain = $grain AND etag = $etag", "$name", "$grain", "$etag");
        _count = Command("UPDATE counter SET value = $value WHERE name = 'etag'", "$value");
        using var last = Command("SELECT value FROM counter WHERE name = 'etag'");
        _etag = _countedEtag = (long)last.ExecuteScalar()!;
    }

    internal void Begin() => Run("BEGIN");

    /// <summary>Ends the transaction: what it wrote is on the disk when this returns.</summary>
    internal void Commit()
    {
        if (_countedEtag != _etag)
        {
            _count.Parameters["$value"].Value = _etag;
            _count.ExecuteNonQuery();
            _countedEtag = _etag;
        }

        Run("COMMIT");
    }

    internal void Rollback()
    {
        _countedEtag = -1;
        // Some faults have ended the transaction already.
        if (SQLitePCL.raw.sqlite3_get_autocommit(_connection.Handle) == 0) Run("ROLLBACK");
    }

    internal StoredRecord? Read(RecordKey key)
    {
        Bind(_read, key);
        using var rows = _read.ExecuteReader();
        return rows.Read() ? new StoredRecord(rows.GetFieldValue<byte[]>(1), rows.GetInt64(0)) : null;
    }

    /// <summary>Writes the record and returns its new version. Versions are never used twice, not even after a record was cleared.</summary>
    /// <exception cref="InconsistentStateException">Another version is stored than was expected.</exception>
    internal long Write(RecordKey key, byte[] state, long? expected, DateTimeOffset written)
    {
        Check(key, expected);
        Bind(_write, key);
        _write.Parameters["$etag"].Value = ++_etag;
        _write.Parameters["$state"].Value = state;
        _write.Parameters["$written"].Value = written.ToUnixTimeMilliseconds();
        _write.ExecuteNonQuery();
        return _etag;
    }

    /// <summary>Removes the record.</summary>
    /// <exception cref="InconsistentStateException">Another version is stored than was expected.</exception>
    internal void Clear(RecordKey key, long? expected)
    {
        Check(key, expected);
        Bind(_delete, key);
        _delete.ExecuteNonQuery();
    }

    /// <summary>Removes the record if it has this version.</summary>
    internal void Remove(RecordKey key, long etag)
    {
        Bind(_remove, key);
        _remove.Parameters["$etag"].Value = etag;
        _remove.ExecuteNonQuery();
    }

    /// <summary>The records of that name, the oldest version first.</summary>
    internal List<ListedRecord> List(string name)
    {
        using var command = Command("SELECT grain, etag, length(state), written FROM record WHERE name = $name ORDER BY etag", "$name");
        command.Parameters["$name"].Value = name;
        using var rows = command.ExecuteReader();
        var found = new List<ListedRecord>();
        while (rows.Read()) found.Add(new ListedRecord(new RecordKey(name, rows.GetString(0)), rows.GetInt64(1), rows.GetInt32(2), DateTimeOffset.FromUnixTimeMilliseconds(rows.GetInt64(3))));
        return found;
    }

    public void Dispose()
    {
        foreach (var command in new[] { _read, _version, _write, _delete, _remove, _count }) command.Dispose();
        _connection.Dispose();
    }

    private void Check(RecordKey key, long? expected)
    {
        Bind(_version, key);
        var stored = (long?)_version.ExecuteScalar();
        if (stored != expected) throw new InconsistentStateException($"Record {key.Name} of {key.Grain} has another version.", EtagText.Of(stored), EtagText.Of(expected));
    }

    private static void Bind(SqliteCommand command, RecordKey key)
    {
        command.Parameters["$name"].Value = key.Name;
        command.Parameters["$grain"].Value = key.Grain;
    }

    private SqliteCommand Command(string sql, params string[] parameters)
    {
        var command = _connection.CreateCommand();
        command.CommandText = sql;
        foreach (var parameter in parameters) command.Parameters.AddWithValue(parameter, DBNull.Value);
        return command;
    }

    private void Run(string sql)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
