using Microsoft.Data.Sqlite;

namespace IppanFleet.Hosting.Storage;

/// <summary>Says what SQLite means (result codes: https://www.sqlite.org/rescode.html).</summary>
internal static class SqliteFaults
{
    private const int Busy = 5;
    private const int ReadOnly = 8;
    private const int Corrupt = 11;
    private const int Full = 13;
    private const int CannotOpen = 14;
    private const int NotADatabase = 26;

    internal static DataFault Explain(SqliteException fault, string path) => fault.SqliteErrorCode switch
    {
        Busy => new DataFault($"{path} is in use by another process", fault),
        ReadOnly => new DataFault($"{path} cannot be written: it or its folder is read-only", fault),
        Corrupt or NotADatabase => Damaged(path, fault.Message, fault),
        Full => new DataFault($"{path}: the disk is full; nothing of this write was kept", fault),
        CannotOpen => new DataFault($"{path} cannot be opened: {fault.Message}", fault),
        _ => new DataFault($"{path}: {fault.Message}", fault),
    };

    internal static DataFault Damaged(string path, string found, Exception? cause = null) =>
        new($"{path} is damaged ({OneLine(found)}); it was not changed: restore it from a copy, or begin anew beside it with --data-set-aside", cause) { IsDamage = true };

    private static string OneLine(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
