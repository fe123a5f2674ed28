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

    private static double Median(List<double> values)
    {
        values.Sort();
        return values[values.Count / 2];
    }
}
