using IppanFleet.Libp2p.Muxers.Yamux;
using IppanFleet.Libp2p.Tests.Channels;

namespace IppanFleet.Libp2p.Tests.Muxers;

[Trait("area", "libp2p")]
public sealed class YamuxKeepAliveTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30), Patience = TimeSpan.FromSeconds(10);

    [Fact]
    public void Tick_IntervalPassed_WantsAPing()
    {
        var state = new YamuxKeepAlive(Interval, Patience);
        state.Tick(TimeSpan.FromSeconds(29), 0).ShouldBe(KeepAliveStep.None);
        state.Tick(TimeSpan.FromSeconds(30), 0).ShouldBe(KeepAliveStep.Ping);
        state.Answered(state.Ask(TimeSpan.FromSeconds(30)), TimeSpan.FromSeconds(30.25));
        state.RoundTrip.ShouldBe(TimeSpan.FromSeconds(0.25));
        state.Tick(TimeSpan.FromSeconds(59), 0).ShouldBe(KeepAliveStep.None);
        state.Tick(TimeSpan.FromSeconds(60), 0).ShouldBe(KeepAliveStep.Ping);
    }

    [Fact]
    public void Tick_SilentRemote_IsDeadAfterTheTimeout()
    {
        var state = new YamuxKeepAlive(Interval, Patience);
        state.Tick(TimeSpan.FromSeconds(30), 7);
        state.Ask(TimeSpan.FromSeconds(30));
        state.Tick(TimeSpan.FromSeconds(35), 7).ShouldBe(KeepAliveStep.None);
        state.Tick(TimeSpan.FromSeconds(39), 7).ShouldBe(KeepAliveStep.None);
        state.Tick(TimeSpan.FromSeconds(40), 7).ShouldBe(KeepAliveStep.Dead);
    }

    [Fact]
    public void Tick_RemoteThatSendsOtherThings_Lives()
    {
        var state = new YamuxKeepAlive(Interval, Patience);
        state.Tick(TimeSpan.FromSeconds(30), 0);
        state.Ask(TimeSpan.FromSeconds(30));
        for (var second = 31; second < 500; second++) state.Tick(TimeSpan.FromSeconds(second), second / 5).ShouldBe(KeepAliveStep.None, $"after {second} s");
    }

    /// <summary>A process that stood still finds the answer in its socket once it runs again: it may not take its own sleep for the remote's silence.</summary>
    [Fact]
    public void Tick_AfterOneLongGap_LeavesTimeToReadTheAnswer()
    {
        var state = new YamuxKeepAlive(Interval, Patience);
        state.Tick(TimeSpan.FromSeconds(30), 0);
        var value = state.Ask(TimeSpan.FromSeconds(30));
        state.Tick(TimeSpan.FromSeconds(3630), 0).ShouldBe(KeepAliveStep.None);
        state.Answered(value, TimeSpan.FromSeconds(3631));
        state.Tick(TimeSpan.FromSeconds(3640), 1).ShouldNotBe(KeepAliveStep.Dead);
    }

    [Fact]
    public void Answered_AnotherValueOrUnasked_MeansNothing()
    {
        var state = new YamuxKeepAlive(Interval, Patience);
        state.Answered(0, TimeSpan.FromSeconds(1));
        state.Answered(1, TimeSpan.FromSeconds(1));
        var value = state.Ask(TimeSpan.FromSeconds(30));
        state.Answered(value + 1, TimeSpan.FromSeconds(31));
        state.RoundTrip.ShouldBeNull();
        state.CanMeasure.ShouldBeFalse("one is under way");
        state.Answered(value, TimeSpan.FromSeconds(30));
        state.RoundTrip.ShouldBe(TimeSpan.FromTicks(1), "never zero: windows would not grow");
    }

    [Fact]
    public void Tick_Disabled_NeverWantsAnything()
    {
        var state = new YamuxKeepAlive(Timeout.InfiniteTimeSpan, Patience);
        for (var hour = 0; hour < 100; hour++) state.Tick(TimeSpan.FromHours(hour), 0).ShouldBe(KeepAliveStep.None);
    }

    [Fact]
    public async Task Tend_RemoteThatAnswers_MeasuresTheRoundTrip()
    {
        var time = new FakeTime();
        var channel = new ScriptedChannel();
        await using var muxed = new YamuxMuxer(null, time).Create(channel, initiator: true, _ => { });
        muxed.Start();
        time.Advance(Interval);
        muxed.Tend();
        channel.Written.ShouldBe(Frame(YamuxFlags.Syn, 1));
        time.Advance(TimeSpan.FromMilliseconds(80));
        channel.Send(Frame(YamuxFlags.Ack, 1));
        await TestHosts.UntilAsync(() => muxed.RoundTripTime is not null, "the answer was read");
        muxed.RoundTripTime.ShouldBe(TimeSpan.FromMilliseconds(80));
    }

    /// <summary>A remote whose line went dead costs the connection and says so; with the keep-alive off it would hold it for ever.</summary>
    [Theory]
    [InlineData(30, true)]
    [InlineData(0, false)]
    public async Task Tend_RemoteThatIsSilent_EndsTheConnection(int interval, bool ends)
    {
        var time = new FakeTime();
        var channel = new ScriptedChannel();
        var options = new YamuxOptions { KeepAliveInterval = TimeSpan.FromSeconds(interval) };
        await using var muxed = new YamuxMuxer(options, time).Create(channel, initiator: true, _ => { });
        muxed.Start();
        var reading = muxed.OpenStream().ReadAsync(new byte[1]).AsTask();
        for (var second = 0; second < 60; second += 5)
        {
            time.Advance(TimeSpan.FromSeconds(5));
            muxed.Tend();
        }
        muxed.Completion.IsCompleted.ShouldBe(ends);
        if (!ends) return;
        var end = await muxed.Completion;
        end.Fault.ShouldBe(ChannelFault.TimedOut);
        end.Rule.ShouldBe("Yamux: a ping was not answered for 10 s (YamuxOptions.KeepAliveTimeout)");
        (await Should.ThrowAsync<ChannelException>(reading)).Fault.ShouldBe(ChannelFault.ConnectionLost);
    }

    private static byte[] Frame(YamuxFlags flags, uint value)
    {
        var bytes = new byte[YamuxHeader.Size];
        new YamuxHeader(YamuxType.Ping, flags, 0, value).Write(bytes);
        return bytes;
    }
}
