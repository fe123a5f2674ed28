using System.Diagnostics.Metrics;

namespace Orleans.Runtime;

/// <summary>The instruments of the meter Microsoft.Orleans that the embedded engine has, under the real engine's names.</summary>
internal sealed class EngineMetrics : IDisposable
{
    private readonly Meter _meter;
    private readonly Counter<long> _timedOut;
    private readonly Counter<long> _longTurns;
    private readonly Counter<long> _created;
    private readonly Counter<long> _destroyed;
    private readonly Histogram<double> _read;
    private readonly Histogram<double> _write;
    private readonly Histogram<double> _clear;
    private long _requests;
    private long _requestMilliseconds;
    private long _activations;

    public EngineMetrics(IMeterFactory meters)
    {
        _meter = meters.Create("Microsoft.Orleans");
        _timedOut = _meter.CreateCounter<long>("orleans-app-requests-timedout");
        _longTurns = _meter.CreateCounter<long>("orleans-scheduler-long-running-turns");
        _created = _meter.CreateCounter<long>("orleans-catalog-activation-created");
        _destroyed = _meter.CreateCounter<long>("orleans-catalog-activation-destroyed");
        _read = _meter.CreateHistogram<double>("orleans-storage-read-latency", "ms");
        _write = _meter.CreateHistogram<double>("orleans-storage-write-latency", "ms");
        _clear = _meter.CreateHistogram<double>("orleans-storage-clear-latency", "ms");
        _meter.CreateObservableCounter("orleans-app-requests-latency-count", () => Interlocked.Read(ref _requests));
        _meter.CreateObservableCounter("orleans-app-requests-latency-sum", () => Interlocked.Read(ref _requestMilliseconds), "ms");
        _meter.CreateObservableGauge("orleans-catalog-activations", () => Interlocked.Read(ref _activations));
    }

    public void RequestTimedOut() => _timedOut.Add(1);

    public void RequestEnded(TimeSpan latency)
    {
        Interlocked.Increment(ref _requests);
        Interlocked.Add(ref _requestMilliseconds, (long)latency.TotalMilliseconds);
    }

    public void LongTurn() => _longTurns.Add(1);

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

    public void Read(TimeSpan latency) => _read.Record(latency.TotalMilliseconds);

    public void Written(TimeSpan latency) => _write.Record(latency.TotalMilliseconds);

    public void Cleared(TimeSpan latency) => _clear.Record(latency.TotalMilliseconds);

    public void Dispose() => _meter.Dispose();
}
