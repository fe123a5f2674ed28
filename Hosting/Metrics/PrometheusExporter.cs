using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace IppanFleet.Hosting.Metrics;

/// <summary>An exporter that writes when it is asked: a scrape collects, and the text stays in <see cref="Text"/>.</summary>
[ExportModes(ExportModes.Pull)]
internal sealed class PrometheusExporter : BaseExporter<Metric>, IPullMetricExporter
{
    /// <summary>What the last collection wrote.</summary>
    internal string Text { get; private set; } = "";

    /// <inheritdoc/>
    public Func<int, bool>? Collect { get; set; }

    /// <inheritdoc/>
    public override ExportResult Export(in Batch<Metric> batch)
    {
        var text = new PrometheusText();
        foreach (var metric in batch) text.Add(metric);
        Text = text.ToString();
        return ExportResult.Success;
    }
}
