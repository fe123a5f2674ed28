using System.Diagnostics.Metrics;

namespace Orleans.Runtime;

/// <summary>The instruments of the meter Microsoft.Orleans that the embedded engine has, under the real engine's names.</summary>
internal sealed class EngineMetrics : IDisposable
{
    private readonly Meter _meter;
    private readonly Counter<long> _created;
    private readonly Counter<long> _destroyed;
    private long _requests;
    private long _requestMilliseconds;
    private long _activations;

    public EngineMetrics(IMeterFactory meters)
    {
        _meter = meters.Create("Microsoft.Orleans");
        TimedOut = _meter.CreateCounter<long>("orleans-app-requests-timedout");
        LongTurns = _meter.CreateCounter<long>("orleans-scheduler-long-running-turns");
        _created = _meter.CreateCounter<long>("orleans-catalog-activation-created");
        _destroyed = _meter.CreateCounter<long>("orleans-catalog-activation-destroyed");
        ReadLatency = _meter.CreateHistogram<double>("orleans-storage-read-latency", "ms");
        WriteLatency = _meter.CreateHistogram<double>("orleans-storage-write-latency", "ms");
        ClearLatency = _meter.CreateHistogram<double>("orleans-storage-clear-latency", "ms");
        _meter.CreateObservableCounter("orleans-app-requests-latency-count", () => Interlocked.Read(ref _requests));
        _meter.CreateObservableCounter("orleans-app-requests-latency-sum", () => Interlocked.Read(ref _requestMilliseconds), "ms");
        _meter.CreateObservableGauge("orleans-catalog-activations", () => Interlocked.Read(ref _activations));
    }

    public Counter<long> TimedOut { get; }

    public Counter<long> LongTurns { get; }

    /// <summary>In milliseconds, as the other two.</summary>
    public Histogram<double> ReadLatency { get; }

    public Histogram<double> WriteLatency { get; }

    public Histogram<double> ClearLatency { get; }

    public void RequestEnded(TimeSpan latency)
    {
        Interlocked.Increment(ref _requests);
        Interlocked.Add(ref _requestMilliseconds, (long)latency.TotalMilliseconds);
    }

    public void ActivationCreated()
    {
        _created.Add(1);
        Interlocked.Increment(ref _activations);
    }

    public void ActivationDestroyed()
    {
        _destroyed.Add(1);
        Interlocked.Decrement(ref _activations);
    }

    public void Dispose() => _meter.Dispose();
}
