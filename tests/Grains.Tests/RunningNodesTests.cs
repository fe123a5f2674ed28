namespace IppanFleet.Grains.Tests;

[Trait("area", "fleet")]
public class RunningNodesTests
{
    [Fact]
    public void SiblingsOf_ManyNodes_OldestAndSevenDistinctOthers()
    {
        var nodes = new RunningNodes();
        for (var i = 1; i <= 100; i++) nodes.Set(new NodeAnnouncement { Name = $"n{i}", Addresses = [$"a{i}"] });
        for (var seed = 0; seed < 50; seed++)
        {
            var siblings = nodes.SiblingsOf("n50", new Random(seed));
            siblings.Length.ShouldBe(8);
            siblings[0].ShouldBe("a1");
            siblings.Distinct().Count().ShouldBe(8);
            siblings.ShouldNotContain("a50");
        }
    }

    [Fact]
    public void SiblingsOf_OldestAsks_ItIsNotItsOwnSibling()
    {
        var nodes = new RunningNodes();
        nodes.Set(new NodeAnnouncement { Name = "a", Addresses = ["1"] });
        nodes.SiblingsOf("a", new Random(1)).ShouldBeEmpty();
        nodes.Set(new NodeAnnouncement { Name = "b", Addresses = ["2"] });
        nodes.SiblingsOf("a", new Random(1)).ShouldBe(["2"]);
        nodes.Remove("b");
        nodes.SiblingsOf("a", new Random(1)).ShouldBeEmpty();
    }
}
