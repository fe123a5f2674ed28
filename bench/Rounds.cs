namespace IppanFleet.Bench;

/// <summary>Interleaved rounds: each contender once a round, so that a drift of the machine hits all alike.</summary>
internal static class Rounds
{
    internal const int Count = 5;

    internal static async Task<double[]> MediansAsync(params Func<Task<double>>[] contenders)
    {
        var samples = contenders.Select(_ => new List<double>()).ToArray();
        for (var round = 0; round < Count; round++)
        {
            for (var i = 0; i < contenders.Length; i++) samples[i].Add(await contenders[i]());
        }
        return [.. samples.Select(Median)];
    }

    /// <summary>The middle of the rounds that gave a figure; NaN when none did.</summary>
    private static double Median(List<double> values)
    {
        values.RemoveAll(double.IsNaN);
        if (values.Count == 0) return double.NaN;
        values.Sort();
        return values[values.Count / 2];
    }
}
