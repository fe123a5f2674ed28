using System.Globalization;
using System.Text;
using OpenTelemetry.Metrics;

namespace IppanFleet.Hosting.Metrics;

/// <summary>Puts metrics into the text format 0.0.4 (https://prometheus.io/docs/instrumenting/exposition_formats/): each family once, each series once.</summary>
internal sealed class PrometheusText
{
    private readonly SortedDictionary<string, Family> _families = new(StringComparer.Ordinal);

    internal void Add(Metric metric)
    {
        var type = TypeOf(metric.MetricType);
        if (type.Length == 0) return;
        var (name, scale) = PrometheusNames.Of(metric.Name, metric.Unit, type);
        if (!_families.TryGetValue(name, out var family))
        {
            var help = metric.Description.Length > 0 ? metric.Description : $"{metric.Name} of meter {metric.MeterName}.";
            _families.Add(name, family = new Family(type, help));
        }

        // Two instruments whose names become one: the first decides what the family is.
        if (family.Type != type) return;
        foreach (ref readonly var point in metric.GetMetricPoints())
        {
            var labels = LabelsOf(point.Tags);
            if (!family.Series.Add(labels)) continue;
            if (type == "histogram") WriteHistogram(family.Lines, name, labels, in point, scale);
            else WriteSample(family.Lines, name, labels, ValueOf(metric.MetricType, in point) * scale);
        }
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var (name, family) in _families)
        {
            if (family.Lines.Length == 0) continue;
            text.Append("# HELP ").Append(name).Append(' ').Append(EscapeHelp(family.Help)).Append('\n');
            text.Append("# TYPE ").Append(name).Append(' ').Append(family.Type).Append('\n');
            text.Append(family.Lines);
        }

        return text.ToString();
    }

    internal static string EscapeLabel(string value) =>
        value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    private static string EscapeHelp(string value) => value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    private static string TypeOf(MetricType type) => type switch
    {
        MetricType.LongSum or MetricType.DoubleSum => "counter",
        MetricType.LongSumNonMonotonic or MetricType.DoubleSumNonMonotonic or MetricType.LongGauge or MetricType.DoubleGauge => "gauge",
        MetricType.Histogram => "histogram",
        _ => "",
    };

    private static double ValueOf(MetricType type, ref readonly MetricPoint point) => type switch
    {
        MetricType.LongSum or MetricType.LongSumNonMonotonic => point.GetSumLong(),
        MetricType.DoubleSum or MetricType.DoubleSumNonMonotonic => point.GetSumDouble(),
        MetricType.LongGauge => point.GetGaugeLastValueLong(),
        _ => point.GetGaugeLastValueDouble(),
    };

    private static void WriteHistogram(StringBuilder lines, string name, string labels, ref readonly MetricPoint point, double scale)
    {
        long cumulative = 0;
        foreach (var bucket in point.GetHistogramBuckets())
        {
            cumulative += bucket.BucketCount;
            WriteSample(lines, name + "_bucket", Join(labels, $"le=\"{Number(bucket.ExplicitBound * scale)}\""), cumulative);
        }

        WriteSample(lines, name + "_sum", labels, point.GetHistogramSum() * scale);
        // Read with the buckets, so that it is never less than the last of them.
        WriteSample(lines, name + "_count", labels, cumulative);
    }

    private static void WriteSample(StringBuilder lines, string name, string labels, double value)
    {
        lines.Append(name);
        if (labels.Length > 0) lines.Append('{').Append(labels).Append('}');
        lines.Append(' ').Append(Number(value)).Append('\n');
    }

    private static string LabelsOf(OpenTelemetry.ReadOnlyTagCollection tags)
    {
        var labels = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var tag in tags)
        {
            var name = PrometheusNames.Label(tag.Key);
            var value = Convert.ToString(tag.Value, CultureInfo.InvariantCulture) ?? "";
            labels[name] = labels.TryGetValue(name, out var other) ? $"{other};{value}" : value;
        }

        return string.Join(',', labels.Select(label => $"{label.Key}=\"{EscapeLabel(label.Value)}\""));
    }

    private static string Join(string labels, string more) => labels.Length == 0 ? more : $"{labels},{more}";

    private static string Number(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        _ when double.IsNaN(value) => "NaN",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };

    private sealed class Family(string type, string help)
    {
        internal string Type => type;

        internal string Help => help;

        internal StringBuilder Lines { get; } = new();

        internal HashSet<string> Series { get; } = new(StringComparer.Ordinal);
    }
}
