namespace IppanFleet.Hosting.Tests;

/// <summary>A clock that a test moves.</summary>
internal sealed class ManualTime : TimeProvider
{
    private TimeSpan _since;
    private TimeSpan _jumped;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    internal void Advance(TimeSpan by) => _since += by;

    /// <summary>Sets the wall clock; the monotonic one knows nothing of it.</summary>
    internal void Jump(TimeSpan by) => _jumped += by;

    public override long GetTimestamp() => _since.Ticks;

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch.AddYears(50) + _since + _jumped;
}
