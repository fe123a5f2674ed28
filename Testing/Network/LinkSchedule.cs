namespace IppanFleet.Testing;

/// <summary>When what is sent one way over one connection arrives. Pure: chance and time come in from outside.</summary>
/// <remarks>A byte stream is reliable and ordered: a lost chunk shows as a stall of all that follows, not as a gap.</remarks>
internal sealed class LinkSchedule(Random random)
{
    /// <summary>A chunk is not lost more often than this in a row: from 200 ms that is a stall of some 12 s.</summary>
    internal const int MaxLosses = 6;

    private TimeSpan _last;

    /// <summary>When a chunk arrives that is sent at <paramref name="now"/>: never before the one ahead of it. Null: the connection is reset instead.</summary>
    internal TimeSpan? Arrival(TimeSpan now, LinkQuality quality)
    {
        if (quality.Reset > 0 && random.NextDouble() < quality.Reset) return null;
        var due = now + quality.MinLatency + ((quality.MaxLatency - quality.MinLatency) * random.NextDouble());
        var stall = quality.Retransmission;
        for (var losses = 0; losses < MaxLosses && random.NextDouble() < quality.Loss; losses++)
        {
            due += stall;
            stall *= 2;
        }

        return _last = due > _last ? due : _last;
    }
}
