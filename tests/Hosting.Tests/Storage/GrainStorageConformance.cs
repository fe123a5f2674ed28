using IppanFleet.Grains;
using IppanFleet.Hosting.Storage;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.Storage;
using Orleans.TestingHost;

namespace IppanFleet.Hosting.Tests.Storage;

/// <summary>What every storage must do.</summary>
public abstract class GrainStorageConformance : IAsyncLifetime
{
    private static readonly GrainId Grain = GrainId.Create("ippan-node", "node-1");

    private protected IGrainStorage Storage { get; set; } = null!;

    public abstract ValueTask InitializeAsync();

    public abstract ValueTask DisposeAsync();

    [Fact]
    public async Task Read_OfNothing_IsEmpty()
    {
        var read = await ReadAsync(Grain);
        read.RecordExists.ShouldBeFalse();
        read.ETag.ShouldBeNull();
        read.State.IsWanted.ShouldBeFalse();
    }

    [Fact]
    public async Task Write_IsReadBack()
    {
        var written = new GrainState<NodeState>(new NodeState { PeerId = "12D3", IsWanted = true, Spec = new NodeSpec { Name = "node-1", Listen = ["/memory/1"] } });
        await Storage.WriteStateAsync("node", Grain, written);
        written.RecordExists.ShouldBeTrue();
        var read = await ReadAsync(Grain);
        read.RecordExists.ShouldBeTrue();
        read.ETag.ShouldBe(written.ETag);
        read.State.PeerId.ShouldBe("12D3");
        read.State.Spec.Listen.ShouldBe(["/memory/1"]);
    }

    [Fact]
    public async Task Write_ChangedAfterwards_DoesNotChangeWhatWasWritten()
    {
        var written = new GrainState<NodeState>(new NodeState { PeerId = "before" });
        await Storage.WriteStateAsync("node", Grain, written);
        written.State.PeerId = "after";
        (await ReadAsync(Grain)).State.PeerId.ShouldBe("before");
    }

    [Fact]
    public async Task Write_WithAnOldVersion_IsRefused()
    {
        var first = new GrainState<NodeState>(new NodeState { PeerId = "first" });
        await Storage.WriteStateAsync("node", Grain, first);
        var second = await ReadAsync(Grain);
        second.State.PeerId = "second";
        await Storage.WriteStateAsync("node", Grain, second);

        first.State.PeerId = "late";
        await Should.ThrowAsync<InconsistentStateException>(() => Storage.WriteStateAsync("node", Grain, first));
        await Should.ThrowAsync<InconsistentStateException>(() => Storage.WriteStateAsync("node", Grain, new GrainState<NodeState>(new NodeState())));
        await Should.ThrowAsync<InconsistentStateException>(() => Storage.ClearStateAsync("node", Grain, first));
        (await ReadAsync(Grain)).State.PeerId.ShouldBe("second");
    }

    [Fact]
    public async Task Clear_RemovesTheRecordAndItsVersion()
    {
        var state = new GrainState<NodeState>(new NodeState { PeerId = "gone" });
        await Storage.WriteStateAsync("node", Grain, state);
        var old = state.ETag;
        await Storage.ClearStateAsync("node", Grain, state);
        state.RecordExists.ShouldBeFalse();
        (await ReadAsync(Grain)).RecordExists.ShouldBeFalse();

        await Storage.WriteStateAsync("node", Grain, state);
        state.ETag.ShouldNotBe(old);
        await Should.ThrowAsync<InconsistentStateException>(() => Storage.WriteStateAsync("node", Grain, new GrainState<NodeState>(new NodeState(), old)));
    }

    [Fact]
    public async Task Records_OfOneGrain_AreApart()
    {
        await Storage.WriteStateAsync("node", Grain, new GrainState<NodeState>(new NodeState { PeerId = "a" }));
        await Storage.WriteStateAsync("other", Grain, new GrainState<NodeState>(new NodeState { PeerId = "b" }));
        (await ReadAsync(Grain)).State.PeerId.ShouldBe("a");
    }

    [Fact]
    public async Task ParallelWriters_OfOneRecord_OneWins()
    {
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 20).Select(async i =>
        {
            try
            {
                await Storage.WriteStateAsync("node", Grain, new GrainState<NodeState>(new NodeState { PeerId = $"{i}" }));
                return true;
            }
            catch (InconsistentStateException)
            {
                return false;
            }
        }));
        outcomes.Count(won => won).ShouldBe(1);
    }

    [Fact]
    public async Task ParallelWriters_OfManyRecords_AllAreKept()
    {
        await Task.WhenAll(Enumerable.Range(0, 2_000).Select(i => Storage.WriteStateAsync("node", GrainId.Create("ippan-node", $"node-{i}"), new GrainState<NodeState>(new NodeState { PeerId = $"{i}" }))));
        for (var i = 0; i < 2_000; i += 97) (await ReadAsync(GrainId.Create("ippan-node", $"node-{i}"))).State.PeerId.ShouldBe($"{i}");
    }

    [Fact]
    public async Task LargeRecord_IsReadBack()
    {
        var large = new string('x', 5_000_000) + "é\0\"";
        await Storage.WriteStateAsync("node", Grain, new GrainState<NodeState>(new NodeState { PeerId = large }));
        (await ReadAsync(Grain)).State.PeerId.ShouldBe(large);
    }

    private async Task<GrainState<NodeState>> ReadAsync(GrainId grain)
    {
        var state = new GrainState<NodeState>();
        await Storage.ReadStateAsync("node", grain, state);
        return state;
    }
}

/// <summary>The engine's storage in memory.</summary>
public sealed class MemoryStorageTests : GrainStorageConformance
{
    private readonly InProcessTestCluster _cluster;

    public MemoryStorageTests()
    {
        var builder = new InProcessTestClusterBuilder();
        builder.ConfigureSilo((_, silo) => silo.AddMemoryGrainStorage(FleetKeys.Store));
        _cluster = builder.Build();
    }

    public override async ValueTask InitializeAsync()
    {
        await _cluster.DeployAsync();
        Storage = _cluster.GetSiloServiceProvider().GetRequiredKeyedService<IGrainStorage>(FleetKeys.Store);
    }

    public override ValueTask DisposeAsync() => _cluster.DisposeAsync();
}

/// <summary>SQLite in a folder.</summary>
public sealed class SqliteStorageTests : GrainStorageConformance
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("storage");
    private FleetData? _data;

    public override ValueTask InitializeAsync()
    {
        _data = FleetData.Open(_folder.FullName);
        Storage = new SqliteGrainStorage(_data.Records);
        return ValueTask.CompletedTask;
    }

    public override async ValueTask DisposeAsync()
    {
        await _data!.DisposeAsync();
        _folder.Delete(recursive: true);
    }
}

/// <summary>SQLite in memory.</summary>
public sealed class SqliteInMemoryStorageTests : GrainStorageConformance
{
    private readonly FleetData _data = FleetData.InMemory();

    public override ValueTask InitializeAsync()
    {
        Storage = new SqliteGrainStorage(_data.Records);
        return ValueTask.CompletedTask;
    }

    public override ValueTask DisposeAsync() => _data.DisposeAsync();
}
