namespace IppanFleet.Testing.Tests;

/// <summary>The README's sample of a fleet: what stands between the marks is what stands there, and runs here.</summary>
[Trait("area", "fleet")]
public sealed class ReadmeSamples
{
    [Fact]
    public async Task Fleet_Sample_BlockReachesAll()
    {
        // sample: fleet
        await using var fleet = await TestFleet.StartAsync(nodes: 20, silos: 3);
        var block = await fleet.PublishBlockAsync();
        await fleet.Expect.AllReceiveAsync(block, within: TimeSpan.FromSeconds(5));
        // end

        block.Received.Count.ShouldBe(19);
    }
}
