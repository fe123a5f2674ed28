using IppanFleet.Testing;

namespace IppanFleet.FleetTests.Scenarios;

/// <summary>Nodes that crash and come back while others publish.</summary>
[Trait("area", "fleet")]
public sealed class ChurnTests
{
    private const int MostDown = 3;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task TenNodes_RandomKillsAndRestarts_AllButATenthOfAPercentIsDelivered(int seed)
    {
        await using var fleet = await TestFleet.StartAsync(new TestFleetOptions { Nodes = 10, Seed = seed });
        var random = new Random(seed);
        var (kills, restarts) = (0, 0);
        for (var round = 0; round < 30; round++)
        {
            var down = fleet.Nodes.Where(node => node.IsKilled).ToArray();
            if (down.Length == MostDown || (down.Length > 0 && random.Next(2) == 0))
            {
                await fleet.RestartAsync(down[random.Next(down.Length)]);
                restarts++;
            }
            else
            {
                var up = fleet.Nodes.Where(node => !node.IsKilled).ToArray();
                await fleet.KillAsync(up[random.Next(up.Length)]);
                kills++;
            }

            for (var i = 0; i < 5; i++)
            {
                await fleet.PublishBlockAsync();
                await fleet.PublishTransactionAsync();
            }
        }

        await fleet.Expect.DeliveredAsync(0.999, within: TimeSpan.FromSeconds(10));
        kills.ShouldBeGreaterThan(10);
        restarts.ShouldBeGreaterThan(10);
        fleet.Deliveries.Published.ShouldBeGreaterThan(290);
        fleet.Deliveries.Expected.ShouldBeGreaterThan(290 * 6);
    }
}
