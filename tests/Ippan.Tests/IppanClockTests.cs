namespace IppanFleet.Ippan.Tests;

public sealed class IppanClockTests
{
    private readonly ManualTime _time = new() { Now = DateTimeOffset.UnixEpoch.AddSeconds(1000) };

    [Fact]
    public void Now_WithoutSamples_IsTheSystemTimeInMicroseconds() => new IppanClock(_time).NowUs().ShouldBe(1_000_000_000ul);

    [Fact]
    public void Now_AskedAgainAtOnceOrAfterStepBack_IsOneLater()
    {
        var clock = new IppanClock(_time);
        clock.NowUs();
        clock.NowUs().ShouldBe(1_000_000_001ul);
        _time.Now -= TimeSpan.FromSeconds(5);
        clock.NowUs().ShouldBe(1_000_000_002ul);
        _time.Now += TimeSpan.FromSeconds(6);
        clock.NowUs().ShouldBe(1_001_000_000ul);
    }

    [Fact]
    public void Now_BeforeTheEpoch_IsZeroThenRises()
    {
        _time.Now = DateTimeOffset.UnixEpoch.AddSeconds(-1);
        var clock = new IppanClock(_time);
        clock.NowUs().ShouldBe(0ul);
        clock.NowUs().ShouldBe(1ul);
    }

    [Theory]
    [InlineData(10_000_000, true)]
    [InlineData(-10_000_000, true)]
    [InlineData(10_000_001, false)]
    [InlineData(-10_000_001, false)]
    public void Sample_FartherThanTenSeconds_IsDropped(long drift, bool taken)
    {
        var clock = new IppanClock(_time);
        clock.AddPeerSample(_time.NowUs + drift).ShouldBe(taken);
        clock.OffsetUs.ShouldBe(taken ? Math.Sign(drift) * IppanClock.MaxStepUs : 0);
    }

    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(long.MinValue)]
    public void Sample_AtTheEdgeOfTheNumbers_IsDropped(long sample) => new IppanClock(_time).AddPeerSample(sample).ShouldBeFalse();

    [Fact]
    public void Samples_OfTheSameDrift_MoveTheOffsetByStepsAndNoFarther()
    {
        var clock = new IppanClock(_time);
        long[] expected = [5000, 10_000, 12_000, 12_000];
        foreach (var offset in expected)
        {
            clock.AddPeerSample(_time.NowUs + 12_000);
            clock.OffsetUs.ShouldBe(offset);
        }

        clock.NowUs().ShouldBe(1_000_012_000ul);
    }

    [Fact]
    public void Samples_OfEvenCount_HaveTheMeanOfTheMiddleTwoRoundedTowardZero()
    {
        var clock = new IppanClock(_time);
        clock.AddPeerSample(_time.NowUs - 3);
        clock.OffsetUs.ShouldBe(-3);
        clock.AddPeerSample(_time.NowUs);
        clock.OffsetUs.ShouldBe(-1);
        clock.AddPeerSample(_time.NowUs + 100);
        clock.OffsetUs.ShouldBe(0);
    }

    [Fact]
    public void Samples_BeyondTheWindow_PushOutTheOldest()
    {
        var clock = new IppanClock(_time);
        for (var i = 0; i < 21; i++) clock.AddPeerSample(_time.NowUs + 100);
        for (var i = 0; i < 10; i++) clock.AddPeerSample(_time.NowUs - 100);
        clock.OffsetUs.ShouldBe(100);
        clock.AddPeerSample(_time.NowUs - 100);
        clock.OffsetUs.ShouldBe(-100);
    }

    [Fact]
    public void Reset_AfterSamples_ForgetsThemButNeverGoesBack()
    {
        var clock = new IppanClock(_time);
        clock.AddPeerSample(_time.NowUs + 4000);
        var last = clock.NowUs();
        clock.Reset();
        clock.OffsetUs.ShouldBe(0);
        clock.NowUs().ShouldBe(last + 1);
        clock.AddPeerSample(_time.NowUs - 7);
        clock.OffsetUs.ShouldBe(-7);
    }
}
