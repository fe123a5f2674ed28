using System.Globalization;
using Microsoft.Data.Sqlite;

namespace IppanFleet.Hosting.Storage;

/// <summary>Opens the database of a data folder, and looks whether it is whole and of this kind.</summary>
internal static class SqliteFile
{
    /// <summary>The version of the tables. A newer one is refused.</summary>
    internal const int SchemaVersion = 2;

    /// <summary>"IPPN": marks the file as a fleet's (SQLite file format §1.3.17).</summary>
    private const int ApplicationId = 0x4950504E;

    private const string Tables = """
        CREATE TABLE record (name TEXT NOT NULL, grain TEXT NOT NULL, etag INTEGER NOT NULL, state BLOB NOT NULL, written INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (name, grain));
        CREATE TABLE counter (name TEXT NOT NULL PRIMARY KEY, value INTEGER NOT NULL);
        INSERT INTO counter (name, value) VALUES ('etag', 0);
        """;

    /// <summary>Version 2 knows when a record was written (milliseconds since 1970). What is older counts as written now.</summary>
    private const string ToVersion2 = """
        ALTER TABLE record ADD COLUMN written INTEGER NOT NULL DEFAULT 0;
        UPDATE record SET written = CAST(strftime('%s', 'now') AS INTEGER) * 1000;
        """;

    /// <summary>Opens the file, or makes it.</summary>
    /// <exception cref="DataFault">It is damaged, of another kind or of a newer version, or cannot be opened. It was not changed.</exception>
    internal static SqliteConnection Open(string path)
    {
        try
        {
            return Prepare(new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Mode = SqliteOpenMode.ReadWriteCreate, Pooling = false }.ToString()), path);
        }
        catch (SqliteException e)
        {
            throw SqliteFaults.Explain(e, path);
        }
    }

    /// <summary>A database that ends with its connection.</summary>
    internal static SqliteConnection OpenInMemory() => Prepare(new SqliteConnection("Data Source=:memory:;Pooling=False"), ":memory:");

    private static SqliteConnection Prepare(SqliteConnection connection, string path)
    {
        try
        {
            connection.Open();
            // One process, one connection: nobody else may look in, which a second process would be told by SQLite, too.
            Run(connection, "PRAGMA locking_mode=EXCLUSIVE");
            var application = Number(connection, "PRAGMA application_id");
            var version = Number(connection, "PRAGMA user_version");
            var isNew = application == 0 && version == 0 && Number(connection, "SELECT count(*) FROM sqlite_master") == 0;
            if (!isNew && application != ApplicationId) throw new DataFault($"{path} is not the database of a fleet; it was not changed");
            if (version > SchemaVersion) throw new DataFault($"{path} was written by a newer version (tables {version}, this one knows {SchemaVersion}); it was not changed");
            if (!isNew && Text(connection, "PRAGMA quick_check(1)") is var found && found != "ok") throw SqliteFaults.Damaged(path, found);
            // FULL: each commit of the write-ahead log is on the disk before it is acknowledged. Group commit makes up for its price.
            Run(connection, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=1000");
            if (isNew) Run(connection, $"BEGIN; {Tables} PRAGMA application_id={ApplicationId}; PRAGMA user_version={SchemaVersion}; COMMIT");
            else if (version < SchemaVersion) Run(connection, $"BEGIN; {ToVersion2} PRAGMA user_version={SchemaVersion}; COMMIT");
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private static void Run(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private static long Number(SqliteConnection connection, string sql) => Convert.ToInt64(Scalar(connection, sql), CultureInfo.InvariantCulture);

    private static string Text(SqliteConnection connection, string sql) => Convert.ToString(Scalar(connection, sql), CultureInfo.InvariantCulture) ?? "";

    private static object? Scalar(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }
}
