using Orleans.Runtime;

namespace Orleans.Tests.State;

public sealed class StateTests
{
    [Fact]
    public async Task MemoryStorage_KeepsWhatWasWritten_AndNotWhatChangedAfterwards()
    {
        await using var cluster = await TestClusters.StartAsync();
        var note = cluster.Client.GetGrain<IMemoryNote>(Guid.NewGuid());
        var management = cluster.Client.GetGrain<IManagementGrain>(0);
        await note.Write("text");

        await note.Forget();
        await TestClusters.Until(async () => await management.GetActivationAddress(note) is null);

        (await note.Read()).ShouldBe("text");
    }

    [Fact]
    public async Task MemoryStorage_OfAKilledSilo_IsGone()
    {
        await using var cluster = await TestClusters.StartAsync();
        var note = cluster.Client.GetGrain<IMemoryNote>(Guid.NewGuid());
        await note.Write("text");

        await cluster.KillSiloAsync(cluster.Silos[0]);
        await cluster.StartAdditionalSiloAsync();

        (await note.Read()).ShouldBe("");
    }

    [Fact]
    public async Task SharedStorage_OutlivesItsReader()
    {
        await using var cluster = await TestClusters.StartAsync(silos: 2);
        var ledger = cluster.Client.GetGrain<ILedgerGrain>(7);
        await ledger.Append(1);

        await cluster.KillSiloAsync(cluster.SiloAt(await ledger.Silo()));

        (await ledger.Read()).ShouldBe([1]);
    }
}
