using System.Globalization;
using IppanFleet.Hosting.Identities;
using IppanFleet.Hosting.Nodes;
using IppanFleet.Libp2p.Identity;

namespace IppanFleet.Hosting.Storage;

/// <summary>
/// What a fleet keeps: grain state in a SQLite database, identities as files beside it. The silos of one process share it;
/// a second process is refused.
/// </summary>
public sealed class FleetData : IAsyncDisposable
{
    private const string DatabaseName = "fleet.db";

    private static readonly string[] DatabaseSuffixes = ["", "-wal", "-shm"];

    private readonly FolderLock? _lock;

    private FleetData(RecordStore records, IdentityFiles? identities, FolderLock? folderLock) => (Records, Identities, _lock) = (records, identities, folderLock);

    internal RecordStore Records { get; }

    /// <summary>Who may run nodes: nobody outside of this process.</summary>
    internal LeaseHolders LeaseHolders { get; } = new(hasProcessAlone: true);

    /// <summary>The keys that are kept; null when nothing outlives the process.</summary>
    internal IdentityFiles? Identities { get; }

    /// <summary>Opens a data folder, or makes it.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="setAside">Whether a damaged database is renamed, and a new one begun. It is never deleted.</param>
    /// <exception cref="DataFault">It cannot be used; the message says why.</exception>
    public static FleetData Open(string folder, bool setAside = false)
    {
        folder = Path.GetFullPath(folder);
        try
        {
            // Whoever may read the folder can be every node of the fleet.
            PrivateFiles.CreateFolder(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataFault($"{folder} cannot be made: {e.Message}", e);
        }

        var folderLock = FolderLock.Take(folder);
        try
        {
            var path = Path.Combine(folder, DatabaseName);
            var identities = new IdentityFiles(Path.Combine(folder, "identities"));
            return new FleetData(OpenRecords(path, setAside), identities, folderLock);
        }
        catch
        {
            folderLock.Dispose();
            throw;
        }
    }

    /// <summary>The same in the memory of this process: silos share it, and it ends with it.</summary>
    public static FleetData InMemory() => new(new RecordStore(SqliteFile.OpenInMemory(), "the fleet's memory"), null, null);

    /// <summary>Finishes what waits, closes the database and gives the folder up.</summary>
    public async ValueTask DisposeAsync()
    {
        await Records.DisposeAsync().ConfigureAwait(false);
        _lock?.Dispose();
    }

    private static RecordStore OpenRecords(string path, bool setAside)
    {
        try
        {
            return new RecordStore(SqliteFile.Open(path), path);
        }
        catch (DataFault fault) when (setAside && fault.IsDamage)
        {
            SetAside(path);
            return new RecordStore(SqliteFile.Open(path), path);
        }
    }

    private static void SetAside(string path)
    {
        var number = 1;
        while (File.Exists(Aside("", number))) number++;
        foreach (var suffix in DatabaseSuffixes.Where(suffix => File.Exists(path + suffix))) File.Move(path + suffix, Aside(suffix, number));

        string Aside(string suffix, int count) => $"{path}.damaged-{count.ToString(CultureInfo.InvariantCulture)}{suffix}";
    }
}
