using IppanFleet.Grains;
using IppanFleet.Hosting.Gossip;

namespace IppanFleet.Hosting.Tests;

[Trait("area", "fleet")]
public class FirstSeenTests
{
    private readonly ManualTime _time = new();

    [Fact]
    public void SecondArrival_IsCountedAsSibling()
    {
        var seen = new FirstSeen(new GossipOptions(), _time);
        seen.IsFirst(GossipKind.Block, Samples.Id(1)).ShouldBeTrue();
        seen.IsFirst(GossipKind.Block, Samples.Id(1)).ShouldBeFalse();
        seen.IsFirst(GossipKind.Transaction, Samples.Id(2)).ShouldBeTrue();
        seen.FirstArrivals(GossipKind.Block).ShouldBe(1);
        seen.SiblingArrivals(GossipKind.Block).ShouldBe(1);
        seen.FirstArrivals(GossipKind.Transaction).ShouldBe(1);
    }

    [Fact]
    public void Id_AfterItsTime_IsFirstAgain()
    {
        var seen = new FirstSeen(new GossipOptions { SeenTime = TimeSpan.FromSeconds(120) }, _time);
        seen.IsFirst(GossipKind.Block, Samples.Id(1));
        _time.Advance(TimeSpan.FromSeconds(119));
        seen.IsFirst(GossipKind.Block, Samples.Id(1)).ShouldBeFalse();
        _time.Advance(TimeSpan.FromSeconds(1));
        seen.IsFirst(GossipKind.Block, Samples.Id(1)).ShouldBeTrue();
        seen.Remembered.ShouldBe(1);
    }

    [Fact]
    public void Full_ForgetsTheOldest()
    {
        var seen = new FirstSeen(new GossipOptions { SeenCapacity = 3 }, _time);
        for (var i = 1; i <= 10; i++) seen.IsFirst(GossipKind.Block, Samples.Id(i)).ShouldBeTrue();
        seen.Remembered.ShouldBe(3);
        seen.IsFirst(GossipKind.Block, Samples.Id(10)).ShouldBeFalse();
        seen.IsFirst(GossipKind.Block, Samples.Id(1)).ShouldBeTrue();
    }
}
