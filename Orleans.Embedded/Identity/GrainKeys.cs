using System.Globalization;

namespace Orleans.Runtime;

/// <summary>How the three kinds of keys are written; the text is part of storage keys, so it is the real engine's.</summary>
internal static class GrainKeys
{
    public static IdSpan Of(long key) => IdSpan.Create(key.ToString("X", CultureInfo.InvariantCulture));

    public static IdSpan Of(Guid key) => IdSpan.Create(key.ToString("N"));

    public static IdSpan Of(string key) =>
        IdSpan.Create(string.IsNullOrWhiteSpace(key) ? throw new ArgumentException("A grain key must not be empty.", nameof(key)) : key);

    public static long ToInteger(IdSpan key) => long.Parse(key.ToString(), NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    public static Guid ToGuid(IdSpan key) => Guid.ParseExact(key.ToString(), "N");

    /// <summary>The key of the grain that serves a stream: the stream's key, written as the grain's kind of key wants it.</summary>
    public static IdSpan OfStream(StreamId stream, Type grainClass)
    {
        var key = stream.GetKeyAsString();
        if (typeof(IGrainWithGuidKey).IsAssignableFrom(grainClass)) return Of(Guid.Parse(key));
        return typeof(IGrainWithIntegerKey).IsAssignableFrom(grainClass) ? Of(long.Parse(key, CultureInfo.InvariantCulture)) : Of(key);
    }

    /// <summary>A hash that is the same in every process (FNV-1a), for placement and for queues.</summary>
    public static uint StableHash(string text)
    {
        var hash = 2166136261u;
        foreach (var c in text) hash = (hash ^ c) * 16777619u;
        return hash;
    }
}
