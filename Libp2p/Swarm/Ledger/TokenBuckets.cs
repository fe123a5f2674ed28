namespace IppanFleet.Libp2p.Swarm;

/// <summary>A rate for each key: <paramref name="perSecond"/> over time, <paramref name="burst"/> at once. At most <paramref name="capacity"/> keys are remembered; beyond, newcomers share one bucket. Thread-safe.</summary>
internal sealed class TokenBuckets<TKey>(double perSecond, int burst, int capacity)
    where TKey : notnull
{
    private readonly Lock _gate = new();
    private readonly Dictionary<TKey, Bucket> _buckets = [];
    private Bucket _shared = new(burst, DateTimeOffset.MinValue);
    private DateTimeOffset _swept = DateTimeOffset.MinValue;

    internal int Count
    {
        get
        {
            lock (_gate) return _buckets.Count;
        }
    }

    /// <summary>Takes one token of <paramref name="key"/>, if it has one.</summary>
    internal bool TryTake(TKey key, DateTimeOffset now)
    {
        lock (_gate)
        {
            var known = _buckets.TryGetValue(key, out var bucket);
            if (!known)
            {
                if (_buckets.Count >= capacity) ForgetFull(now);
                if (_buckets.Count >= capacity) return Take(ref _shared, now);
                bucket = new Bucket(burst, now);
            }
            var taken = Take(ref bucket, now);
            _buckets[key] = bucket;
            return taken;
        }
    }

    private bool Take(ref Bucket bucket, DateTimeOffset now)
    {
        var tokens = TokensOf(bucket, now);
        bucket = new Bucket(tokens >= 1 ? tokens - 1 : tokens, now);
        return tokens >= 1;
    }

    private double TokensOf(in Bucket bucket, DateTimeOffset now) => Math.Min(burst, bucket.Tokens + (Math.Max(0, (now - bucket.At).TotalSeconds) * perSecond));

    /// <summary>A bucket that is full again remembers nothing. Once a second at most: whoever comes from ever new addresses must not make each arrival dear.</summary>
    private void ForgetFull(DateTimeOffset now)
    {
        if (now - _swept < TimeSpan.FromSeconds(1)) return;
        _swept = now;
        foreach (var (key, bucket) in _buckets)
        {
            if (TokensOf(bucket, now) >= burst) _buckets.Remove(key);
        }
    }

    private readonly record struct Bucket(double Tokens, DateTimeOffset At);
}
