using IppanFleet.Hosting.Nodes;

namespace IppanFleet.Hosting.Tests;

/// <summary>The lease, on a clock that is moved by hand.</summary>
public sealed class LeaseTests
{
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(10);

    private readonly ManualTime _time = new();

    [Fact]
    public void NotRenewed_ExpiresAtItsDeadline()
    {
        var lease = new Lease(Length, _time.GetTimestamp(), _time);
        _time.Advance(Length - TimeSpan.FromTicks(1));
        lease.IsExpired.ShouldBeFalse();
        _time.Advance(TimeSpan.FromTicks(1));
        lease.IsExpired.ShouldBeTrue();
    }

    [Fact]
    public void Renewed_CountsFromBeforeTheQuestion()
    {
        var lease = new Lease(Length, _time.GetTimestamp(), _time);
        _time.Advance(TimeSpan.FromSeconds(4));
        var begun = _time.GetTimestamp();
        // Storage took three seconds to answer.
        _time.Advance(TimeSpan.FromSeconds(3));
        lease.TryRenew(begun).ShouldBeTrue();
        _time.Advance(TimeSpan.FromSeconds(6));
        lease.IsExpired.ShouldBeFalse();
        _time.Advance(TimeSpan.FromSeconds(1));
        lease.IsExpired.ShouldBeTrue();
    }

    [Fact]
    public void Expired_IsNotRenewed_EvenByAnAnswerFromBefore()
    {
        var lease = new Lease(Length, _time.GetTimestamp(), _time);
        _time.Advance(TimeSpan.FromSeconds(9));
        var begun = _time.GetTimestamp();
        _time.Advance(TimeSpan.FromSeconds(5));
        lease.TryRenew(begun).ShouldBeFalse();
        lease.IsExpired.ShouldBeTrue();
    }

    [Fact]
    public void ProcessThatWasPaused_FindsItExpired()
    {
        var lease = new Lease(Length, _time.GetTimestamp(), _time);
        for (var i = 0; i < 100; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(2));
            lease.TryRenew(_time.GetTimestamp()).ShouldBeTrue();
        }

        _time.Advance(TimeSpan.FromMinutes(5));
        lease.IsExpired.ShouldBeTrue();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public void WallClock_ThatJumpsAnHour_DoesNotMatter(int hours)
    {
        var lease = new Lease(Length, _time.GetTimestamp(), _time);
        _time.Jump(TimeSpan.FromHours(hours));
        lease.IsExpired.ShouldBeFalse();
        lease.TryRenew(_time.GetTimestamp()).ShouldBeTrue();
        _time.Advance(Length);
        lease.IsExpired.ShouldBeTrue();
    }

    [Fact]
    public void OlderAnswer_ShortensNothing()
    {
        var lease = new Lease(Length, _time.GetTimestamp(), _time);
        var early = _time.GetTimestamp();
        _time.Advance(TimeSpan.FromSeconds(5));
        lease.TryRenew(_time.GetTimestamp()).ShouldBeTrue();
        lease.TryRenew(early).ShouldBeTrue();
        _time.Advance(TimeSpan.FromSeconds(9));
        lease.IsExpired.ShouldBeFalse();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Holders_OfOtherProcesses_AreGoneOnlyWhenTheyMustBe(bool hasProcessAlone)
    {
        var before = new LeaseHolders(hasProcessAlone).Enter("silo");
        var holders = new LeaseHolders(hasProcessAlone);
        holders.IsGone(before).ShouldBe(hasProcessAlone);
        var mine = holders.Enter("silo");
        holders.IsGone(mine).ShouldBeFalse();
        holders.Leave(mine);
        holders.IsGone(mine).ShouldBeTrue();
    }
}
