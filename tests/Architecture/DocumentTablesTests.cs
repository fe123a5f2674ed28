using System.Text.RegularExpressions;

namespace IppanFleet.Architecture;

/// <summary>The tables of docs/operations.md have what the code has: nothing is missing there, and nothing is told of that is gone.</summary>
public sealed partial class DocumentTablesTests
{
    private const string Operations = "docs/operations.md";

    [Fact]
    public void Options_AreThoseOfTheSilo_WithTheirDefaults()
    {
        var known = Specification().Matches(Repository.Read("Silo/Options/OptionSpec.cs")).ToDictionary(spec => spec.Groups["name"].Value, spec => Default().Match(spec.Groups["help"].Value).Groups["value"].Value);
        known.Count.ShouldBeGreaterThan(15);
        var rows = Rows(Operations, "The silo").Where(cells => cells[0].StartsWith("`--", StringComparison.Ordinal)).ToArray();
        rows.SelectMany(cells => Dashed().Matches(cells[0]).Select(option => option.Groups["name"].Value)).ShouldBe(known.Keys.Append("help").Append("version"), ignoreOrder: true);
        foreach (var cells in rows)
        {
            var name = Dashed().Match(cells[0]).Groups["name"].Value;
            if (known.GetValueOrDefault(name) is { Length: > 0 } value) cells[1].Trim('`').ShouldBe(value, $"the default of --{name}");
        }
    }

    [Fact]
    public void Metrics_AreThoseOfTheFleet_WithTheirTypes()
    {
        var known = Instrument().Matches(Repository.Read("Hosting/Metrics/FleetMetrics.cs")).ToDictionary(
            found => found.Groups["name"].Value + Suffix(found.Groups["kind"].Value, found.Groups["rest"].Value),
            found => found.Groups["kind"].Value switch { "CreateObservableGauge" => "gauge", "CreateHistogram" => "histogram", _ => "counter" });
        known.Count.ShouldBeGreaterThan(20);
        var told = Rows(Operations, "Metrics").SelectMany(cells => Metric().Matches(cells[0]).Select(name => (name.Value, Type: cells[1])));
        told.ShouldBe(known.Select(metric => (metric.Key, metric.Value)), ignoreOrder: true);

        static string Suffix(string kind, string rest) => kind switch
        {
            "CreateObservableGauge" => rest.Contains("\"By\"", StringComparison.Ordinal) ? "_bytes" : "",
            "CreateHistogram" => rest.Contains("\"s\"", StringComparison.Ordinal) ? "_seconds" : "",
            _ => "_total",
        };
    }

    [Fact]
    public void Paths_AreThoseThatAreServed()
    {
        var sources = Repository.Files.Where(path => path.StartsWith("Hosting/Http/", StringComparison.Ordinal)).Select(Repository.Read).ToArray();
        var lists = sources.SelectMany(source => List().Matches(source).Select(list => list.Groups["path"].Value)).ToArray();
        lists.ShouldNotBeEmpty();
        var served = sources.SelectMany(source => Route().Matches(source)).SelectMany(route => (route.Groups["list"].Success ? lists : [""])
            .Select(list => $"{route.Groups["verb"].Value.ToUpperInvariant()} {Parameter().Replace(list + route.Groups["path"].Value, "*")}"));
        var told = Rows(Operations, "HTTP").SelectMany(cells => Path().Matches(cells[0]))
            .Select(path => (path.Groups["verb"].Value is { Length: > 0 } verb ? verb : "GET") + " " + Placeholder().Replace(path.Groups["path"].Value, "/*"));
        told.ShouldBe(served, ignoreOrder: true);
    }

    /// <summary>The rows of the tables from a heading of the second level to the next, each as its cells.</summary>
    private static IEnumerable<string[]> Rows(string document, string heading)
    {
        var text = Repository.Read(document);
        var from = text.IndexOf($"\n## {heading}\n", StringComparison.Ordinal);
        from.ShouldBeGreaterThan(0);
        var to = text.IndexOf("\n## ", from + 1, StringComparison.Ordinal);
        return text[from..(to < 0 ? text.Length : to)].Split('\n').Where(line => line.StartsWith("| ", StringComparison.Ordinal))
            .Select(line => line.Replace("\\|", "or", StringComparison.Ordinal).Split('|')[1..^1].Select(cell => cell.Trim()).ToArray());
    }

    [GeneratedRegex(@"OptionSpec \w+ = new\(""(?<name>[a-z-]+)"", ""[^""]*"", ""(?<help>[^""]*)""", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Specification();

    [GeneratedRegex(@"Default (?<value>\w+)\.", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Default();

    [GeneratedRegex("`--(?<name>[a-z-]+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Dashed();

    [GeneratedRegex(@"(?<kind>AddCounter|CreateObservableGauge|CreateObservableCounter|CreateHistogram)\(\s*""(?<name>ippan_\w+)""(?<rest>[^;]*);", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Instrument();

    [GeneratedRegex(@"ippan_\w+", RegexOptions.None, 1000)]
    private static partial Regex Metric();

    [GeneratedRegex(@"\.Map(?<verb>Get|Post|Delete)\((?<list>path(?=\W)( \+ )?)?(""(?<path>[^""]+)"")?", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Route();

    [GeneratedRegex(@"\bMap\(routes, ""(?<path>/api/\w+)""", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex List();

    [GeneratedRegex(@"\{[^}]*\}", RegexOptions.None, 1000)]
    private static partial Regex Parameter();

    [GeneratedRegex(@"`((?<verb>[A-Z]+) )?(?<path>/[^`?]*)[^`]*`", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Path();

    [GeneratedRegex("/[A-Z]+(?=/|$)", RegexOptions.None, 1000)]
    private static partial Regex Placeholder();
}
