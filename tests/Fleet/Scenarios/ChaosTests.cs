using IppanFleet.Hosting;
using IppanFleet.Testing;

namespace IppanFleet.FleetTests.Scenarios;

/// <summary>A network that is slow and loses what it carries.</summary>
[Trait("area", "fleet")]
public sealed class ChaosTests
{
    [Theory]
    [InlineData(FleetTransport.Memory, 1)]
    [InlineData(FleetTransport.Tcp, 2)]
    public async Task SixNodes_LossAndLatency_AllButATenthOfAPercentIsDelivered(FleetTransport transport, int seed)
    {
        await using var fleet = await TestFleet.StartAsync(new TestFleetOptions { Nodes = 6, Transport = transport, Seed = seed });
        fleet.Latency(TimeSpan.FromMilliseconds(5), TimeSpan.FromMilliseconds(50));
        fleet.Loss(0.05);
        for (var i = 0; i < 100; i++)
        {
            await fleet.PublishBlockAsync();
            await fleet.PublishTransactionAsync();
        }

        await fleet.Expect.DeliveredAsync(0.999, within: TimeSpan.FromSeconds(30));
        fleet.Deliveries.Expected.ShouldBe(200 * 5);
    }
}
