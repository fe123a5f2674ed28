using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace IppanFleet.Bench;

/// <summary>One measured figure beside its peer's, its limit and its budget. Ratios are null where there is nothing to compare with.</summary>
internal sealed record Figure(string Name, string Unit, bool HigherIsBetter, double Us, double? Peer, double? Limit, string Budget, Func<double, double?, double?, double> BudgetRatio)
{
    /// <summary>What was reached of the budget: 1 or more meets it.</summary>
    internal double Reached => BudgetRatio(Us, Peer, Limit);
}

/// <summary>What a bench found; prints it, writes it, and knows whether a figure misses its budget by more than 5 %.</summary>
internal sealed class BenchReport(string name, IReadOnlyList<Figure> figures, string notes = "")
{
    private const double Tolerance = 0.95;

    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    internal bool MissesBudget => figures.Any(f => f.Reached < Tolerance);

    private static string Machine => $"{Environment.ProcessorCount} cores, {System.Runtime.InteropServices.RuntimeInformation.OSDescription.Split('(')[0].Trim()}, .NET {Environment.Version}";

    internal void Print(TextWriter output)
    {
        output.WriteLine($"{name} ({Machine})");
        foreach (var f in figures)
        {
            var limit = f.Limit is { } l ? $"limit {Round(l)} ({f.Us / l * 100:0} %); " : "";
            var peer = f.Peer is { } p ? $"js {Round(p)} ({Ratio(f.Us, p)} x); " : f.Budget.Contains("js", StringComparison.Ordinal) ? "js not measured; " : "";
            output.WriteLine($"  {f.Name,-26} {Round(f.Us),12} {f.Unit,-14} {limit}{peer}budget {f.Budget}: {(f.Reached >= 1 ? "met" : $"MISSED, at {f.Reached * 100:0} % of it")}");
        }
        if (notes.Length > 0) output.WriteLine($"  {notes}");
    }

    internal async Task WriteJsonAsync(string path)
    {
        var report = new
        {
            name,
            machine = Machine,
            figures = figures.Select(f => new
            {
                figure = f.Name,
                f.Unit,
                better = f.HigherIsBetter ? "higher" : "lower",
                f.Us,
                f.Peer,
                f.Limit,
                usToPeer = f.Us / f.Peer,
                usToLimit = f.Us / f.Limit,
                f.Budget,
                met = f.Reached >= 1,
            }),
        };
        await File.WriteAllTextAsync(path, JsonSerializer.Serialize(report, Json));
    }

    private static string Round(double value) => value >= 100 ? value.ToString("#,0", CultureInfo.InvariantCulture) : value.ToString("0.##", CultureInfo.InvariantCulture);

    private static string Ratio(double us, double peer) => (us / peer).ToString("0.0", CultureInfo.InvariantCulture);
}
