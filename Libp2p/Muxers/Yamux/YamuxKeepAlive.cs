namespace IppanFleet.Libp2p.Muxers.Yamux;

/// <summary>What the keep-alive wants done.</summary>
internal enum KeepAliveStep
{
    None,
    Ping,
    Dead,
}

/// <summary>When a connection is asked whether it lives, and what its answers tell. Pure: the owner gives the time, as what has passed since any fixed moment, and serialises the calls.</summary>
/// <remarks>A remote that sends anything lives, even where its answer stands behind much else on a slow line.</remarks>
internal sealed class YamuxKeepAlive(TimeSpan interval, TimeSpan timeout)
{
    private TimeSpan _askedAt, _lastTick, _quiet;
    private long _heard;
    private uint _value;
    private bool _asked;

    /// <summary>The round trip of the last answered ping.</summary>
    internal TimeSpan? RoundTrip { get; private set; }

    /// <summary>Whether a ping is to be sent at once, because the round trip is wanted and was never measured.</summary>
    internal bool CanMeasure => RoundTrip is null && !_asked;

    /// <summary>Looks at the clock; <paramref name="heard"/> grows with what the remote sends. Called every now and then: one long gap between two calls (the process stood still) is no silence of the remote.</summary>
    internal KeepAliveStep Tick(TimeSpan now, long heard)
    {
        var passed = now - _lastTick;
        _lastTick = now;
        var silent = heard == _heard;
        _heard = heard;
        if (interval <= TimeSpan.Zero) return KeepAliveStep.None;
        if (!_asked) return now - _askedAt >= interval ? KeepAliveStep.Ping : KeepAliveStep.None;
        _quiet = silent ? _quiet + TimeSpan.FromTicks(Math.Min(passed.Ticks, timeout.Ticks / 2)) : TimeSpan.Zero;
        return _quiet >= timeout ? KeepAliveStep.Dead : KeepAliveStep.None;
    }

    /// <summary>A ping is sent now; answers its value.</summary>
    internal uint Ask(TimeSpan now)
    {
        (_asked, _askedAt, _quiet) = (true, now, TimeSpan.Zero);
        return ++_value;
    }

    /// <summary>An answer came; one to another ping than the last means nothing.</summary>
    internal void Answered(uint value, TimeSpan now)
    {
        if (!_asked || value != _value) return;
        _asked = false;
        RoundTrip = now > _askedAt ? now - _askedAt : TimeSpan.FromTicks(1);
    }
}
