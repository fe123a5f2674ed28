using IppanFleet.Hosting.Storage;

namespace IppanFleet.Hosting.Tests.Storage;

public sealed class RetainedRecordsTests : IAsyncDisposable
{
    private readonly ManualTime _time = new();
    private readonly RecordStore _store = new(SqliteFile.OpenInMemory(), "test");

    [Fact]
    public async Task TooMany_TheOldestMakeRoom()
    {
        var retained = Retain(maxRecords: 2);
        for (var i = 1; i <= 3; i++) await WriteAsync(retained, $"g{i}", 10);
        (await KeptAsync()).ShouldBe(["g2", "g3"]);
        (retained.Count, retained.Bytes, retained.Removed).ShouldBe((2, 20, 1));
    }

    [Fact]
    public async Task TooLarge_TheOldestMakeRoom()
    {
        var retained = Retain(maxBytes: 25);
        for (var i = 1; i <= 3; i++) await WriteAsync(retained, $"g{i}", 10);
        (await KeptAsync()).ShouldBe(["g2", "g3"]);
    }

    [Fact]
    public async Task Expired_AreRemoved_AndWhatWasWrittenAgainIsNot()
    {
        var retained = Retain();
        var etag = await WriteAsync(retained, "g1", 10);
        await WriteAsync(retained, "g2", 10);
        _time.Advance(TimeSpan.FromSeconds(6));
        await WriteAsync(retained, "g1", 15, etag);
        _time.Advance(TimeSpan.FromSeconds(4));
        await retained.SweepAsync();
        (await KeptAsync()).ShouldBe(["g1"]);
        (retained.Count, retained.Bytes).ShouldBe((1, 15));
        _time.Advance(TimeSpan.FromSeconds(6));
        await retained.SweepAsync();
        (await KeptAsync()).ShouldBeEmpty();
        retained.Bytes.ShouldBe(0);
    }

    [Fact]
    public async Task WhatAnEarlierProcessLeft_IsKnownAndExpires()
    {
        var earlier = Retain();
        for (var i = 1; i <= 3; i++) await WriteAsync(earlier, $"g{i}", 10);
        await _store.WriteAsync(new RecordKey("other", "g"), [1], null);

        var retained = Retain(maxRecords: 2);
        await retained.SweepAsync();
        (await KeptAsync()).ShouldBe(["g2", "g3"]);
        _time.Advance(TimeSpan.FromSeconds(10));
        await retained.SweepAsync();
        (await KeptAsync()).ShouldBeEmpty();
        (await _store.ReadAsync(new RecordKey("other", "g"))).ShouldNotBeNull();
    }

    [Fact]
    public async Task Restart_NeitherExtendsNorShortensLives()
    {
        var earlier = Retain();
        await WriteAsync(earlier, "g1", 10);
        _time.Advance(TimeSpan.FromSeconds(6));
        await WriteAsync(earlier, "g2", 10);

        var retained = Retain();
        await retained.SweepAsync();
        (await KeptAsync()).ShouldBe(["g1", "g2"]);
        _time.Advance(TimeSpan.FromSeconds(3.999));
        await retained.SweepAsync();
        (await KeptAsync()).ShouldBe(["g1", "g2"]);
        _time.Advance(TimeSpan.FromSeconds(0.001));
        await retained.SweepAsync();
        (await KeptAsync()).ShouldBe(["g2"]);
        _time.Advance(TimeSpan.FromSeconds(6));
        await Retain().SweepAsync();
        (await KeptAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task ClockThatIsSet_ShortensNoLifeOfThisProcess_AndNoneLastsForEver()
    {
        var retained = Retain();
        await WriteAsync(retained, "g1", 10);
        _time.Jump(TimeSpan.FromDays(1));
        await retained.SweepAsync();
        (await KeptAsync()).ShouldBe(["g1"]);

        _time.Jump(TimeSpan.FromDays(-1));
        var later = Retain();
        await later.SweepAsync();
        _time.Advance(TimeSpan.FromSeconds(10));
        await later.SweepAsync();
        (await KeptAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task RecordThatChangedSince_IsNotRemoved()
    {
        var retained = Retain();
        var etag = await WriteAsync(retained, "g1", 10);
        await _store.WriteAsync(new RecordKey("r", "g1"), [1], etag);
        _time.Advance(TimeSpan.FromSeconds(10));
        await retained.SweepAsync();
        (await KeptAsync()).ShouldBe(["g1"]);
    }

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    private RetainedRecords Retain(int maxRecords = 100, long maxBytes = 1_000) => new(_store, "r", TimeSpan.FromSeconds(10), maxRecords, maxBytes, _time);

    private static Task<long> WriteAsync(RetainedRecords retained, string grain, int bytes, long? expected = null) => retained.WriteAsync(new RecordKey("r", grain), new byte[bytes], expected);

    private async Task<string[]> KeptAsync() => [.. (await _store.ListAsync("r")).Select(record => record.Key.Grain)];
}
