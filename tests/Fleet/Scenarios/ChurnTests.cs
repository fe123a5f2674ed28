using IppanFleet.Hosting;
using IppanFleet.Testing;

namespace IppanFleet.FleetTests.Scenarios;

/// <summary>Nodes that crash and come back while others publish.</summary>
[Trait("area", "fleet")]
public sealed class ChurnTests
{
    private const int MostDown = 3;

    [Theory]
    [InlineData(FleetTransport.Memory, 1)]
    [InlineData(FleetTransport.Tcp, 2)]
    public async Task TenNodes_RandomKillsAndRestarts_AllButATenthOfAPercentIsDelivered(FleetTransport transport, int seed)
    {
        await using var fleet = await TestFleet.StartAsync(new TestFleetOptions { Nodes = 10, Transport = transport, Seed = seed });
        using var enough = new CancellationTokenSource();
        var publishing = PublishAsync(fleet, enough.Token);
        var random = new Random(seed);
        var restarts = 0;
        for (var turn = 0; turn < 40; turn++)
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
            }

            // Some of it is to meet each state of the fleet.
            var met = fleet.Deliveries.Published + 5;
            await fleet.Expect.EventuallyAsync(() => publishing.IsCompleted || fleet.Deliveries.Published >= met, "five more messages", TimeSpan.FromSeconds(20));
        }

        await enough.CancelAsync();
        await publishing;
        await fleet.Expect.DeliveredAsync(0.999, within: TimeSpan.FromSeconds(10));
        restarts.ShouldBeGreaterThan(15);
        fleet.Deliveries.Published.ShouldBeGreaterThan(200);
        fleet.Deliveries.Expected.ShouldBeGreaterThan(200 * 5);
    }

    private static async Task PublishAsync(TestFleet fleet, CancellationToken enough)
    {
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        while (!enough.IsCancellationRequested)
        {
            try
            {
                await fleet.PublishBlockAsync(cancellationToken: CancellationToken.None);
                await fleet.PublishTransactionAsync(cancellationToken: CancellationToken.None);
            }
            catch (InvalidOperationException)
            {
                // The node was killed between the choice and the call: nobody has the message.
            }

            await tick.WaitForNextTickAsync(CancellationToken.None);
        }
    }
}
