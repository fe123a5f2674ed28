using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text.RegularExpressions;
using IppanFleet.Hosting.Metrics;

namespace IppanFleet.Hosting.Tests;

[Trait("area", "fleet")]
public sealed partial class PrometheusTests : IDisposable
{
    private readonly Meter _meter = new("test-" + Guid.NewGuid().ToString("N"));

    [Theory]
    [InlineData("ippan_fleet_silos", "", "gauge", "ippan_fleet_silos", 1)]
    [InlineData("http.server.request.duration", "s", "histogram", "http_server_request_duration_seconds", 1)]
    [InlineData("latency", "ms", "histogram", "latency_seconds", 0.001)]
    [InlineData("dotnet.gc.collections", "{collection}", "counter", "dotnet_gc_collections_total", 1)]
    [InlineData("dotnet.process.cpu.count", "{cpu}", "gauge", "dotnet_process_cpu_number", 1)]
    [InlineData("cache.use", "1", "gauge", "cache_use_ratio", 1)]
    [InlineData("rate", "By/s", "gauge", "rate_bytes_per_second", 1)]
    [InlineData("sent_bytes", "By", "counter", "sent_bytes_total", 1)]
    [InlineData("2 fast-2.furious", "", "gauge", "_2_fast_2_furious", 1)]
    [InlineData("already_total", "", "counter", "already_total", 1)]
    public void Name_IsPrometheus(string name, string unit, string type, string expected, double scale) =>
        PrometheusNames.Of(name, unit, type).ShouldBe(new PrometheusName(expected, scale));

    [Fact]
    public void Text_HasEachFamilyOnceWithItsSeries()
    {
        using var scrape = new MetricsScrape(new ManualTime(), [_meter.Name]);
        var counter = _meter.CreateCounter<long>("things", description: "Line one\nand \\two.");
        counter.Add(3, new KeyValuePair<string, object?>("who.is", "a \"quoted\" \\ name\n"));
        counter.Add(4, new KeyValuePair<string, object?>("who.is", "b"));
        _meter.CreateUpDownCounter<int>("level", description: "Level.").Add(-2);
        _meter.CreateObservableGauge("heat", () => 1.5, "Cel", "Heat.");

        scrape.Read().ShouldBe(
            """
            # HELP heat_Cel Heat.
            # TYPE heat_Cel gauge
            heat_Cel 1.5
            # HELP level Level.
            # TYPE level gauge
            level -2
            # HELP things_total Line one\nand \\two.
            # TYPE things_total counter
            things_total{who_is="a \"quoted\" \\ name\n"} 3
            things_total{who_is="b"} 4

            """.ReplaceLineEndings("\n"));
    }

    [Fact]
    public void Histogram_HasCumulativeBuckets()
    {
        using var scrape = new MetricsScrape(new ManualTime(), [_meter.Name]);
        var histogram = _meter.CreateHistogram("wait", "ms", "Wait.", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [1, 10] });
        foreach (var value in new[] { 0.5, 1, 5, 50 }) histogram.Record(value, new KeyValuePair<string, object?>("at", "x"));
        scrape.Read().ShouldBe(
            """
            # HELP wait_seconds Wait.
            # TYPE wait_seconds histogram
            wait_seconds_bucket{at="x",le="0.001"} 2
            wait_seconds_bucket{at="x",le="0.01"} 3
            wait_seconds_bucket{at="x",le="+Inf"} 4
            wait_seconds_sum{at="x"} 0.0565
            wait_seconds_count{at="x"} 4

            """.ReplaceLineEndings("\n"));
    }

    [Fact]
    public void TwoInstruments_WhoseNamesBecomeOne_AreOneFamily()
    {
        using var scrape = new MetricsScrape(new ManualTime(), [_meter.Name]);
        _meter.CreateCounter<long>("a.b").Add(1);
        _meter.CreateCounter<long>("a-b").Add(2, new KeyValuePair<string, object?>("x", 1));
        _meter.CreateUpDownCounter<long>("a_b_total").Add(2);
        var text = scrape.Read();
        Regex.Count(text, "# TYPE a_b_total counter\n", RegexOptions.None, TimeSpan.FromSeconds(1)).ShouldBe(1);
        Check(text);
    }

    [Fact]
    public void Scrapes_Together_ShareACollection()
    {
        var time = new ManualTime();
        using var scrape = new MetricsScrape(time, [_meter.Name]);
        var counter = _meter.CreateCounter<long>("n");
        counter.Add(1);
        scrape.Read().ShouldContain("n_total 1\n");
        counter.Add(1);
        scrape.Read().ShouldContain("n_total 1\n");
        time.Advance(MetricsScrape.Lifetime);
        scrape.Read().ShouldContain("n_total 2\n");
    }

    [Fact]
    public async Task RuntimeMetrics_PassPromtool()
    {
        using var scrape = new MetricsScrape(new ManualTime(), ["System.Runtime"]);
        GC.Collect();
        var text = scrape.Read();
        text.ShouldContain("dotnet_process_cpu_time_seconds_total");
        Check(text);
        await Promtool.CheckAsync(text);
    }

    public void Dispose() => _meter.Dispose();

    /// <summary>The grammar of the format, line by line; families in one piece; no series twice.</summary>
    internal static void Check(string text)
    {
        var types = new Dictionary<string, string>();
        var series = new HashSet<string>();
        var current = "";
        text.ShouldEndWith("\n");
        foreach (var line in text[..^1].Split('\n'))
        {
            if (HelpLine().Match(line) is { Success: true } help)
            {
                current = help.Groups["name"].Value;
                types.ShouldNotContainKey(current, line);
            }
            else if (TypeLine().Match(line) is { Success: true } type)
            {
                type.Groups["name"].Value.ShouldBe(current);
                types.Add(current, type.Groups["type"].Value);
            }
            else
            {
                var sample = SampleLine().Match(line);
                sample.Success.ShouldBeTrue(line);
                var name = sample.Groups["name"].Value;
                (types[current] == "histogram" ? name is var n && (n == current + "_bucket" || n == current + "_sum" || n == current + "_count") : name == current).ShouldBeTrue(line);
                series.Add(name + sample.Groups["labels"].Value).ShouldBeTrue(line);
                double.TryParse(sample.Groups["value"].Value.Replace("+Inf", "Infinity"), NumberStyles.Float, CultureInfo.InvariantCulture, out _).ShouldBeTrue(line);
            }
        }
    }

    [GeneratedRegex("^# HELP (?<name>[a-zA-Z_:][a-zA-Z0-9_:]*) .+$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex HelpLine();

    [GeneratedRegex("^# TYPE (?<name>[a-zA-Z_:][a-zA-Z0-9_:]*) (?<type>counter|gauge|histogram)$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex TypeLine();

    [GeneratedRegex("""^(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(?<labels>\{[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\]|\\["\\n])*"(?:,[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\]|\\["\\n])*")*\})? (?<value>\S+)$""", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex SampleLine();
}

/// <summary>Prometheus' own judge of metrics.</summary>
internal static class Promtool
{
    private const string Path = "/usr/bin/promtool";

    internal static async Task CheckAsync(string metrics)
    {
        Assert.SkipUnless(File.Exists(Path), $"{Path} is not installed (Debian package prometheus)");
        using var promtool = Process.Start(new ProcessStartInfo(Path, "check metrics") { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardError = true, RedirectStandardOutput = true })!;
        await promtool.StandardInput.WriteAsync(metrics);
        promtool.StandardInput.Close();
        var complaint = await promtool.StandardError.ReadToEndAsync();
        await promtool.WaitForExitAsync();
        promtool.ExitCode.ShouldBe(0, complaint);
    }
}
