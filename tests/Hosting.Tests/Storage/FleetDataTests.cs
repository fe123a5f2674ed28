using System.Text;
using IppanFleet.Hosting.Storage;
using Microsoft.Data.Sqlite;

namespace IppanFleet.Hosting.Tests.Storage;

/// <summary>The data folder, whole and otherwise.</summary>
public sealed class FleetDataTests : IDisposable
{
    private static readonly RecordKey Key = new("node", "ippan-node/node-1");

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("fleet-data");

    private string Folder => Path.Combine(_directory.FullName, "data");

    private string Database => Path.Combine(Folder, "fleet.db");

    [Fact]
    public async Task Open_Again_HasWhatWasWritten()
    {
        var etag = await WriteOneAsync("kept");
        await using var data = FleetData.Open(Folder);
        var record = await data.Records.ReadAsync(Key);
        record.ShouldNotBeNull();
        Encoding.UTF8.GetString(record.State).ShouldBe("kept");
        record.Etag.ShouldBe(etag);
    }

    [Fact]
    public async Task Versions_AreNotUsedTwice_AcrossRestartsAndClears()
    {
        var first = await WriteOneAsync("a");
        await using (var data = FleetData.Open(Folder)) await data.Records.ClearAsync(Key, first);
        (await WriteOneAsync("b")).ShouldBeGreaterThan(first);
    }

    [Fact]
    public async Task ManyWrites_ShareTransactions()
    {
        await using var data = FleetData.Open(Folder);
        await Task.WhenAll(Enumerable.Range(0, 5_000).Select(i => data.Records.WriteAsync(new RecordKey("n", $"{i}"), [1], null)));
        data.Records.Commits.ShouldBeLessThan(1_000);
    }

    [Fact]
    public async Task Open_Twice_IsRefusedWithFolderAndProcess()
    {
        await using var data = FleetData.Open(Folder);
        var fault = Should.Throw<DataFault>(() => FleetData.Open(Folder));
        fault.Message.ShouldContain(Folder);
        fault.Message.ShouldContain($"process {Environment.ProcessId}");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5_000)]
    public async Task DamagedDatabase_IsRefusedAndLeftAlone_OrSetAside(int at)
    {
        await using (var data = FleetData.Open(Folder)) await Task.WhenAll(Enumerable.Range(0, 500).Select(i => data.Records.WriteAsync(new RecordKey("n", $"{i}"), new byte[100], null)));
        using (var file = new FileStream(Database, FileMode.Open))
        {
            file.Position = at;
            for (var i = 0; i < 10_000; i++) file.WriteByte(0xA5);
        }

        var damaged = await File.ReadAllBytesAsync(Database);
        var fault = Should.Throw<DataFault>(() => FleetData.Open(Folder));
        fault.Message.ShouldContain("is damaged");
        fault.Message.ShouldContain("--data-set-aside");
        fault.Message.ShouldNotContain("\n");
        (await File.ReadAllBytesAsync(Database)).ShouldBe(damaged);

        await using var anew = FleetData.Open(Folder, setAside: true);
        (await anew.Records.ReadAsync(new RecordKey("n", "1"))).ShouldBeNull();
        (await File.ReadAllBytesAsync(Database + ".damaged-1")).ShouldBe(damaged);
    }

    [Fact]
    public async Task HalfWrittenLog_LosesNothingThatWasAcknowledged()
    {
        await using var data = FleetData.Open(Folder);
        await data.Records.WriteAsync(Key, "kept"u8.ToArray(), null);
        // As a process that is killed leaves it: the log not yet in the database, its last frame cut off.
        var copy = Path.Combine(_directory.FullName, "copy");
        Directory.CreateDirectory(copy);
        await CopyAsync("fleet.db", []);
        await CopyAsync("fleet.db-wal", new byte[1_000]);
        await using var restarted = FleetData.Open(copy);
        (await restarted.Records.ReadAsync(Key)).ShouldNotBeNull().State.ShouldBe("kept"u8.ToArray());

        async Task CopyAsync(string name, byte[] rest)
        {
            await using var from = new FileStream(Path.Combine(Folder, name), FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            await using var to = File.Create(Path.Combine(copy, name));
            await from.CopyToAsync(to);
            await to.WriteAsync(rest);
        }
    }

    [Fact]
    public async Task NewerTables_AreRefused()
    {
        await WriteOneAsync("new");
        Run("PRAGMA user_version=7");
        Should.Throw<DataFault>(() => FleetData.Open(Folder)).Message.ShouldContain("newer version (tables 7, this one knows 2)");
        // Nor is it damaged, so it is not set aside.
        Should.Throw<DataFault>(() => FleetData.Open(Folder, setAside: true));
    }

    [Fact]
    public async Task TablesOfVersion1_GetTheTimeOfWriting_AndKeepTheirRecords()
    {
        var etag = await WriteOneAsync("kept");
        Run("ALTER TABLE record DROP COLUMN written; PRAGMA user_version=1");
        var before = DateTimeOffset.UtcNow.AddSeconds(-2);
        await using var data = FleetData.Open(Folder);
        (await data.Records.ReadAsync(Key)).ShouldNotBeNull().Etag.ShouldBe(etag);
        (await data.Records.ListAsync(Key.Name)).ShouldHaveSingleItem().Written.ShouldBeInRange(before, DateTimeOffset.UtcNow);
    }

    [Fact]
    public void OtherDatabase_IsRefused()
    {
        Directory.CreateDirectory(Folder);
        Run("CREATE TABLE somebody_elses (x)");
        Should.Throw<DataFault>(() => FleetData.Open(Folder)).Message.ShouldContain("is not the database of a fleet");
    }

    [Fact]
    public void FolderThatCannotBeMade_IsTold() => Should.Throw<DataFault>(() => FleetData.Open("/proc/fleet")).Message.ShouldContain("/proc/fleet");

    [Fact]
    public async Task FullDisk_FailsTheWriteAndHeals()
    {
        await using var connection = SqliteFile.OpenInMemory();
        await using var store = new RecordStore(connection, "/data/fleet.db");
        Limit(12);
        var fault = await Should.ThrowAsync<DataFault>(() => store.WriteAsync(Key, new byte[1_000_000], null));
        fault.Message.ShouldBe("/data/fleet.db: the disk is full; nothing of this write was kept");
        (await store.ReadAsync(Key)).ShouldBeNull();
        Limit(100_000);
        await store.WriteAsync(Key, new byte[1_000_000], null);
        (await store.ReadAsync(Key)).ShouldNotBeNull();

        void Limit(int pages)
        {
            using var command = connection.CreateCommand();
            command.CommandText = $"PRAGMA max_page_count={pages}";
            command.ExecuteNonQuery();
        }
    }

    [Fact]
    public async Task Closed_RefusesWrites()
    {
        var data = FleetData.Open(Folder);
        await data.DisposeAsync();
        await Should.ThrowAsync<DataFault>(() => data.Records.WriteAsync(Key, [1], null));
    }

    public void Dispose() => _directory.Delete(recursive: true);

    private async Task<long> WriteOneAsync(string text)
    {
        await using var data = FleetData.Open(Folder);
        return await data.Records.WriteAsync(Key, Encoding.UTF8.GetBytes(text), null);
    }

    private void Run(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={Database};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
