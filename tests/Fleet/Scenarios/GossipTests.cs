using IppanFleet.Testing;

namespace IppanFleet.FleetTests.Scenarios;

/// <summary>Many messages in a short time.</summary>
[Trait("area", "fleet")]
public sealed class GossipTests
{
    [Fact]
    public async Task EightNodes_TwoHundredMessages_AllAreDelivered()
    {
        await using var fleet = await TestFleet.StartAsync(nodes: 8);
        for (var i = 0; i < 100; i++)
        {
            await fleet.PublishBlockAsync();
            await fleet.PublishTransactionAsync();
        }

        await fleet.Expect.DeliveredAsync(1, within: TimeSpan.FromSeconds(20));
        fleet.Deliveries.Published.ShouldBe(200);
        fleet.Deliveries.Expected.ShouldBe(200 * 7);
    }
}
