using Microsoft.Extensions.DependencyInjection;
using Orleans.Storage;

namespace Orleans.Runtime;

/// <summary>State that an activation reads before it sees its first call.</summary>
internal interface IStateToLoad
{
    Task LoadAsync();
}

internal sealed class PersistentState<TState> : IPersistentState<TState>, IStateToLoad
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

    public Task LoadAsync() => ReadStateAsync();

    public async Task ReadStateAsync()
    {
        var started = _activation.Silo.Time.GetTimestamp();
        await _storage.ReadStateAsync(_name, _activation.GrainId, _record).ConfigureAwait(true);
        // A storage may leave the content out when there is no record.
        _record.State ??= Empty();
        _activation.Silo.Metrics.Read(_activation.Silo.Time.GetElapsedTime(started));
    }

    public async Task WriteStateAsync()
    {
        var started = _activation.Silo.Time.GetTimestamp();
        await _storage.WriteStateAsync(_name, _activation.GrainId, _record).ConfigureAwait(true);
        _activation.Silo.Metrics.Written(_activation.Silo.Time.GetElapsedTime(started));
    }

    public async Task ClearStateAsync()
    {
        var started = _activation.Silo.Time.GetTimestamp();
        await _storage.ClearStateAsync(_name, _activation.GrainId, _record).ConfigureAwait(true);
        _record.State ??= Empty();
        _activation.Silo.Metrics.Cleared(_activation.Silo.Time.GetElapsedTime(started));
    }

    private static TState Empty() => Activator.CreateInstance<TState>();
}
