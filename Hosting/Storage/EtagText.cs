using System.Globalization;

namespace IppanFleet.Hosting.Storage;

/// <summary>Versions as the engines carry them.</summary>
internal static class EtagText
{
    internal static string? Of(long? etag) => etag?.ToString(CultureInfo.InvariantCulture);

    /// <summary>What is not one of ours is a version that was never stored.</summary>
    internal static long? Parse(string? text) => text is null ? null : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var etag) ? etag : -1;
}
