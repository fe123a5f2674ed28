using IppanFleet.Hosting.Demo;
using IppanFleet.Ippan;
using IppanFleet.Libp2p.Identity;

namespace IppanFleet.Hosting.Tests;

[Trait("area", "fleet")]
public class DemoContentTests
{
    [Fact]
    public void Blocks_AreValidSignedAndBuildOnEachOther()
    {
        var content = new DemoContent(TimeProvider.System);
        using var identity = PeerIdentity.Generate();
        var blocks = Enumerable.Range(0, 7).Select(_ => content.NextBlock(identity.Key, transactions: 3)).ToArray();
        var now = (ulong)(DateTimeOffset.UtcNow.AddSeconds(1) - DateTimeOffset.UnixEpoch).TotalMicroseconds;

        blocks.ShouldAllBe(block => block.Validate(now) == BlockFault.None && block.Authenticate() == BlockAuthentication.Valid && block.Transactions.Count == 3);
        blocks.Select(block => block.Header.Round).ShouldBe([1UL, 2, 3, 4, 5, 6, 7]);
        blocks[6].Header.ParentIds.ShouldBe(blocks[2..6].Select(block => block.Id));
        blocks[0].Header.ParentIds.Count.ShouldBe(0);
        content.NextTransaction(identity.Key).IsValid(now).ShouldBeTrue();
    }
}
