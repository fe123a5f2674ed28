namespace IppanFleet.Ippan;

/// <summary>IPPAN time: microseconds since the Unix epoch, strictly increasing from call to call, drawn toward the peers' median. Thread-safe.</summary>
/// <remarks>Source: wire specification, section 1.</remarks>
public sealed class IppanClock(TimeProvider time)
{
    /// <summary>How far from the system's time a peer's sample may be, in microseconds: 10 s. What is farther is dropped.</summary>
    public const long MaxSampleDriftUs = 10_000_000;

    /// <summary>How far one sample may move the offset, in microseconds.</summary>
    public const long MaxStepUs = 5_000;

    /// <summary>How many drifts the median is taken of.</summary>
    public const int WindowSize = 21;

    private readonly Lock _lock = new();
    private readonly Queue<long> _drifts = new(WindowSize);
    private long _offsetUs;
    private ulong? _last;

    /// <summary>What is added to the system's time, in microseconds.</summary>
    public long OffsetUs
    {
        get
        {
            lock (_lock) return _offsetUs;
        }
    }

    /// <summary>The next moment, in microseconds: later than every one returned before.</summary>
    public ulong NowUs()
    {
        lock (_lock)
        {
            var now = (ulong)Math.Max(0, SystemUs() + _offsetUs);
            if (now <= _last) now = _last.Value + 1;
            _last = now;
            return now;
        }
    }

    /// <summary>Takes in what a peer says the time is, in microseconds.</summary>
    /// <returns>False when the sample is too far off and was dropped.</returns>
    public bool AddPeerSample(long peerTimeUs)
    {
        lock (_lock)
        {
            // A peer may send any i64: the difference of two of them needs more bits than one has.
            var drift = (Int128)peerTimeUs - SystemUs();
            if (Int128.Abs(drift) > MaxSampleDriftUs) return false;

            if (_drifts.Count == WindowSize) _drifts.Dequeue();
            _drifts.Enqueue((long)drift);
            _offsetUs += Math.Clamp(Median() - _offsetUs, -MaxStepUs, MaxStepUs);
            return true;
        }
    }

    /// <summary>Forgets the samples and the offset. The last returned moment stays a lower bound.</summary>
    public void Reset()
    {
        lock (_lock)
        {
            _drifts.Clear();
            _offsetUs = 0;
        }
    }

    private long SystemUs() => (time.GetUtcNow().UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;

    private long Median()
    {
        var sorted = _drifts.Order().ToArray();
        var middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
