using IppanFleet.Libp2p;
using IppanFleet.Libp2p.Tests;

namespace IppanFleet.Testing.Tests.Network;

/// <summary>Bytes that take their time, by a clock that the test moves.</summary>
public sealed class LatencyTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly FakeTime _time = new();

    [Theory]
    [InlineData("memory")]
    [InlineData("tcp")]
    public async Task Latency_BytesArriveThenAndNotBefore(string transport)
    {
        await using var wire = await Wire.StartAsync(transport, _time);
        var (dialer, listener) = await wire.ConnectAsync();
        wire.Network.Latency(Second, Second);
        await dialer.WriteAsync(new byte[] { 1, 2, 3 });
        var reading = Wire.ReadAsync(listener, 3);
        _time.Advance(0.999 * Second);
        await Should.ThrowAsync<TimeoutException>(reading.WaitAsync(TimeSpan.FromMilliseconds(50)));
        await ArrivesAsync(reading, TimeSpan.FromMilliseconds(2));
        (await reading).ShouldBe([1, 2, 3]);
    }

    [Fact]
    public async Task Latency_ThatEnds_DoesNotLetLaterBytesOvertake()
    {
        await using var wire = await Wire.StartAsync("memory", _time);
        var (dialer, listener) = await wire.ConnectAsync();
        wire.Network.Latency(Second, Second);
        await dialer.WriteAsync(new byte[] { 1 });
        wire.Network.Clear();
        await dialer.WriteAsync(new byte[] { 2 });
        var reading = Wire.ReadAsync(listener, 2);
        await Should.ThrowAsync<TimeoutException>(reading.WaitAsync(TimeSpan.FromMilliseconds(50)));
        await ArrivesAsync(reading, Second);
        (await reading).ShouldBe([1, 2]);
    }

    [Fact]
    public async Task InFlight_IsBounded_AndWhatIsTakenOverArrivesWhole()
    {
        await using var wire = await Wire.StartAsync("memory", _time);
        var (dialer, listener) = await wire.ConnectAsync();
        wire.Network.Latency(Second, Second);
        var data = new byte[FaultyChannel.MaxInFlight * 2];
        new Random(1).NextBytes(data);
        var writing = dialer.WriteAsync(data).AsTask();
        await Should.ThrowAsync<TimeoutException>(writing.WaitAsync(TimeSpan.FromMilliseconds(50)));
        var reading = Wire.ReadAsync(listener, data.Length);
        await ArrivesAsync(reading, Second);
        (await reading).ShouldBe(data);
        await writing;
    }

    [Fact]
    public async Task Abort_WhileBytesAreOnTheirWay_FailsTheWriterThatWaits()
    {
        await using var wire = await Wire.StartAsync("memory", _time);
        var (dialer, _) = await wire.ConnectAsync();
        wire.Network.Latency(Second, Second);
        var writing = dialer.WriteAsync(new byte[FaultyChannel.MaxInFlight * 2]).AsTask();
        dialer.Abort(ChannelFault.TimedOut);
        (await Should.ThrowAsync<ChannelException>(writing.WaitAsync(Wire.Patience))).Fault.ShouldBe(ChannelFault.TimedOut);
    }

    [Fact]
    public async Task Resets_EndTheConnectionForBoth()
    {
        await using var wire = await Wire.StartAsync("memory", _time);
        var (dialer, listener) = await wire.ConnectAsync();
        wire.Network.Resets(1);
        await dialer.WriteAsync(new byte[] { 1 });
        await Should.ThrowAsync<ChannelException>(Wire.ReadAsync(listener, 1));
        await Should.ThrowAsync<ChannelException>(Wire.ReadAsync(dialer, 1));
    }

    /// <summary>Moves the clock until what is awaited is there: the pump may be between two timers when the clock moves.</summary>
    private async Task ArrivesAsync(Task task, TimeSpan step)
    {
        using var deadline = new CancellationTokenSource(Wire.Patience);
        while (!task.IsCompleted)
        {
            deadline.IsCancellationRequested.ShouldBeFalse("nothing arrived");
            _time.Advance(step);
            await Task.Delay(1, CancellationToken.None);
        }
    }
}
