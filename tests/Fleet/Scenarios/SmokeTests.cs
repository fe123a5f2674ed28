using IppanFleet.Hosting;
using IppanFleet.Testing;

namespace IppanFleet.FleetTests.Scenarios;

/// <summary>A small fleet that nothing happens to.</summary>
[Trait("area", "fleet")]
public sealed class SmokeTests
{
    [Theory]
    [InlineData(FleetTransport.Memory)]
    [InlineData(FleetTransport.Tcp)]
    public async Task FourNodes_EverythingIsDelivered(FleetTransport transport)
    {
        await using var fleet = await TestFleet.StartAsync(new TestFleetOptions { Nodes = 4, Transport = transport });
        foreach (var node in fleet.Nodes)
        {
            await fleet.PublishBlockAsync(at: node, transactions: 5);
            await fleet.PublishTransactionAsync(at: node);
        }

        await fleet.Expect.DeliveredAsync(1, within: TimeSpan.FromSeconds(10));
        fleet.Deliveries.Expected.ShouldBe(4 * 2 * 3);
    }
}
