using Microsoft.Extensions.Hosting;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace IppanFleet.Hosting.Metrics;

/// <summary>Collects from the fleet's, the engine's and the runtime's meters when it is scraped. Scrapes that come together share one collection.</summary>
internal sealed class MetricsScrape : IHostedService, IDisposable
{
    /// <summary>A collection may be this old: scrapes in a loop cost no more than this.</summary>
    internal static readonly TimeSpan Lifetime = TimeSpan.FromMilliseconds(250);

    private const int CollectTimeoutMilliseconds = 5_000;

    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly PrometheusExporter _exporter = new();
    private readonly BaseExportingMetricReader _reader;
    private readonly MeterProvider _provider;
    private long? _collected;

    // The fleet's instruments are asked for so that they exist before the first scrape.
    public MetricsScrape(TimeProvider time, FleetMetrics fleet)
        : this(time, [FleetMetrics.MeterName, FleetMetrics.GossipMeterName, "Microsoft.Orleans", "System.Runtime"]) => GC.KeepAlive(fleet);

    internal MetricsScrape(TimeProvider time, string[] meters)
    {
        _time = time;
        _reader = new BaseExportingMetricReader(_exporter) { TemporalityPreference = MetricReaderTemporalityPreference.Cumulative };
        _provider = Sdk.CreateMeterProviderBuilder().AddMeter(meters).AddReader(_reader).Build();
    }

    /// <summary>All metrics now, in the text format 0.0.4.</summary>
    internal string Read()
    {
        lock (_gate)
        {
            if (_collected is not { } at || _time.GetElapsedTime(at) >= Lifetime)
            {
                _exporter.Collect?.Invoke(CollectTimeoutMilliseconds);
                _collected = _time.GetTimestamp();
            }

            return _exporter.Text;
        }
    }

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public void Dispose()
    {
        _provider.Dispose();
        _exporter.Dispose();
        _reader.Dispose();
    }
}
