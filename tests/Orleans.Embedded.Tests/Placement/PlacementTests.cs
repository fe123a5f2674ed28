using Microsoft.Extensions.DependencyInjection;

namespace Orleans.Tests.Placement;

public sealed class PlacementTests
{
    [Fact]
    public async Task RandomPlacement_OverThreeSilos_UsesEachOfThem()
    {
        await using var cluster = await TestClusters.StartAsync(silos: 3);

        var silos = await Task.WhenAll(Enumerable.Range(0, 90).Select(key => cluster.Client.GetGrain<IRandomGrain>(key).Silo()));

        // A silo without any of them, or with more than two thirds, is seen less than once in a hundred million runs.
        var counts = silos.CountBy(silo => silo, StringComparer.Ordinal).ToList();
        counts.Count.ShouldBe(3);
        counts.Max(count => count.Value).ShouldBeLessThan(60);
    }

    [Fact]
    public async Task ActivationCountBasedPlacement_OverThreeSilos_LevelsThem()
    {
        await using var cluster = await TestClusters.StartAsync(silos: 3);
        var busy = cluster.Silos[0];
        var local = busy.ServiceProvider.GetRequiredService<IGrainFactory>();
        for (var i = 0; i < 10; i++) (await local.GetGrain<ILocalGrain>($"busy{i}").Silo()).ShouldBe(busy.SiloAddress.ToString());

        List<string> silos = [];
        for (var key = 0; key < 23; key++) silos.Add(await cluster.Client.GetGrain<ICountedGrain>(key).Silo());

        // Twenty fill the others up to the ten of the busy one, and the next three come one to each.
        silos.Take(20).ShouldNotContain(busy.SiloAddress.ToString());
        silos.CountBy(silo => silo, StringComparer.Ordinal).Select(count => count.Value).Order().ShouldBe([1, 11, 11]);
    }
}
