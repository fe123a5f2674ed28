using FsCheck;
using FsCheck.Fluent;
using IppanFleet.Libp2p.Protocols.GossipSub;

namespace IppanFleet.Libp2p.Tests.GossipSub;

[Trait("area", "gossipsub")]
public sealed class ReplayWindowTests
{
    private const int Width = 256;

    [Fact]
    public void Sequence_Reordered_PassesOnce()
    {
        var window = new ReplayWindow(Width);
        ulong[] order = [1000, 1003, 1001, 1002, 1200, 999, 1199];
        foreach (var sequence in order)
        {
            window.IsReplay(sequence).ShouldBeFalse();
            window.Take(sequence);
        }
        foreach (var sequence in order) window.IsReplay(sequence).ShouldBeTrue();
        window.IsReplay(1004).ShouldBeFalse();
    }

    [Fact]
    public void Sequence_BehindTheWindow_IsReplay()
    {
        var window = new ReplayWindow(Width);
        window.Take(10_000);
        window.IsReplay(10_000 - Width).ShouldBeTrue();
        window.IsReplay(10_000 - Width + 1).ShouldBeFalse();
        window.Take(ulong.MaxValue >> 20);
        window.IsReplay(10_000).ShouldBeTrue();
    }

    [Fact]
    public void Author_WhoNumbersAtRandom_IsGivenUpAsUnordered()
    {
        var window = new ReplayWindow(Width);
        ulong[] random = [0x8000_0000_0000_0000, 0x1234_5678_9abc_def0, 0xf000_0000_0000_0001, 0x0000_0000_0000_0007];
        foreach (var sequence in random)
        {
            window.IsReplay(sequence).ShouldBeFalse();
            window.Take(sequence);
        }
        window.IsUnordered.ShouldBeTrue();
    }

    [Fact]
    public void Window_AnySequences_BehavesAsItsModel() =>
        Prop.ForAll(ArbMap.Default.ArbFor<short[]>(), steps =>
        {
            var window = new ReplayWindow(Width);
            var taken = new HashSet<long>();
            var (highest, current) = (long.MinValue, 1_000_000L);
            foreach (var step in steps)
            {
                current = (highest == long.MinValue ? current : highest) + (step % 400);
                var replay = taken.Contains(current) || (highest != long.MinValue && current <= highest - Width);
                if (window.IsReplay((ulong)current) != replay) return false;
                if (replay) continue;
                window.Take((ulong)current);
                taken.Add(current);
                highest = Math.Max(highest, current);
            }
            return true;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void AuthorTable_Full_ForgetsTheLongestSilentAuthor()
    {
        var table = new AuthorTable(3, Width);
        foreach (var author in (int[])[1, 2, 3, 1, 4]) table.Take(TestRouter.Peer(author), 7);
        table.Count.ShouldBe(3);
        table.TryFind(TestRouter.Peer(2).Bytes, out _).ShouldBeFalse();
        table.TryFind(TestRouter.Peer(1).Bytes, out var one).ShouldBeTrue();
        one!.Window.IsReplay(7).ShouldBeTrue();
    }
}
