using System.Numerics;

namespace IppanFleet.Hosting.Demo;

/// <summary>Latencies in a fixed number of buckets: 32 to each power of two, so a quantile is at most about 3 % too large. Not thread-safe.</summary>
internal sealed class LatencyHistogram
{
    private const int BucketBits = 5;
    private const int BucketsPerOctave = 1 << BucketBits;

    // Enough octaves for 2^40 microseconds, which is twelve days.
    private readonly long[] _buckets = new long[(40 - BucketBits + 1) * BucketsPerOctave];
    private long _count;

    internal void Add(TimeSpan latency)
    {
        var microseconds = (ulong)Math.Max(0, latency.Ticks / TimeSpan.TicksPerMicrosecond);
        _buckets[Math.Min(IndexOf(microseconds), _buckets.Length - 1)]++;
        _count++;
    }

    /// <summary>The latency that <paramref name="share"/> of all stay at or below; null when there are none.</summary>
    internal TimeSpan? Quantile(double share)
    {
        if (_count == 0) return null;
        var rank = Math.Max(1, (long)Math.Ceiling(share * _count));
        var index = -1;
        for (long seen = 0; seen < rank;) seen += _buckets[++index];
        return TimeSpan.FromMicroseconds(UpperBound(index));
    }

    private static int IndexOf(ulong value)
    {
        if (value < BucketsPerOctave) return (int)value;
        var shift = BitOperations.Log2(value) - BucketBits;
        return ((shift + 1) * BucketsPerOctave) + (int)((value >> shift) - BucketsPerOctave);
    }

    private static double UpperBound(int index)
    {
        var octave = index / BucketsPerOctave;
        return octave == 0 ? index : ((long)(BucketsPerOctave + (index % BucketsPerOctave) + 1) << (octave - 1)) - 1;
    }
}
