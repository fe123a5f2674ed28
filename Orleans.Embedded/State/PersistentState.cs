using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Storage;

namespace Orleans.Runtime;

internal sealed class PersistentState<TState> : IPersistentState<TState>
{
    public const string DefaultStorage = "Default";
    private readonly Activation _activation;
    private readonly string _name;
    private readonly IGrainStorage _storage;
    private readonly GrainState<TState> _record = new(Empty());

    public PersistentState(Activation activation, string name, string? storageName)
    {
        (_activation, _name) = (activation, name);
        _storage = activation.ActivationServices.GetKeyedService<IGrainStorage>(storageName ?? DefaultStorage)
            ?? throw new BadProviderConfigException($"{activation.Class?.Type} keeps '{name}' in storage '{storageName ?? DefaultStorage}', which silo {activation.Silo.Name} does not have.");
        activation.States.Add(this);
    }

    public TState State
    {
        get => _record.State;
        set => _record.State = value;
    }

    public string? Etag => _record.ETag;

    public bool RecordExists => _record.RecordExists;

    public Task ReadStateAsync() => MeasuredAsync(() => _storage.ReadStateAsync(_name, _activation.GrainId, _record), _activation.Silo.Metrics.ReadLatency);

    public Task WriteStateAsync() => MeasuredAsync(() => _storage.WriteStateAsync(_name, _activation.GrainId, _record), _activation.Silo.Metrics.WriteLatency);

    public Task ClearStateAsync() => MeasuredAsync(() => _storage.ClearStateAsync(_name, _activation.GrainId, _record), _activation.Silo.Metrics.ClearLatency);

    private async Task MeasuredAsync(Func<Task> work, Histogram<double> latency)
    {
        var started = _activation.Silo.Time.GetTimestamp();
        await work().ConfigureAwait(true);
        // A storage may leave the content out when there is no record.
        _record.State ??= Empty();
        latency.Record(_activation.Silo.Time.GetElapsedTime(started).TotalMilliseconds);
    }

    private static TState Empty() => Activator.CreateInstance<TState>();
}
