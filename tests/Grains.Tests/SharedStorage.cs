using System.Collections.Concurrent;
using System.Text.Json;
using Orleans.Runtime;
using Orleans.Storage;

namespace IppanFleet.Grains.Tests;

/// <summary>Storage that outlives the silos of a test.</summary>
internal sealed class SharedStorage : IGrainStorage
{
    private readonly ConcurrentDictionary<string, (string Json, string Etag)> _records = new();
    private int _version;

    /// <summary>While set, nothing can be read or written.</summary>
    internal volatile bool IsDown;

    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        Check();
        var isThere = _records.TryGetValue($"{stateName}/{grainId}", out var record);
        (grainState.State, grainState.ETag, grainState.RecordExists) = isThere ? (JsonSerializer.Deserialize<T>(record.Json)!, record.Etag, true) : (Activator.CreateInstance<T>(), null, false);
        return Task.CompletedTask;
    }

    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        Check();
        lock (_records)
        {
            Check(stateName, grainId, grainState.ETag);
            var etag = $"{++_version}";
            _records[$"{stateName}/{grainId}"] = (JsonSerializer.Serialize(grainState.State), etag);
            (grainState.ETag, grainState.RecordExists) = (etag, true);
        }

        return Task.CompletedTask;
    }

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        Check();
        lock (_records)
        {
            Check(stateName, grainId, grainState.ETag);
            _records.TryRemove($"{stateName}/{grainId}", out _);
            (grainState.State, grainState.ETag, grainState.RecordExists) = (Activator.CreateInstance<T>(), null, false);
        }

        return Task.CompletedTask;
    }

    /// <summary>Changes a record behind its grain's back, as another silo would.</summary>
    internal void Change<T>(string stateName, GrainId grainId, Action<T> change)
    {
        lock (_records)
        {
            var state = _records.TryGetValue($"{stateName}/{grainId}", out var record) ? JsonSerializer.Deserialize<T>(record.Json)! : Activator.CreateInstance<T>();
            change(state);
            _records[$"{stateName}/{grainId}"] = (JsonSerializer.Serialize(state), $"{++_version}");
        }
    }

    internal T Peek<T>(string stateName, GrainId grainId) => JsonSerializer.Deserialize<T>(_records[$"{stateName}/{grainId}"].Json)!;

    private void Check()
    {
        if (IsDown) throw new IOException("the storage is down");
    }

    private void Check(string stateName, GrainId grainId, string? expected)
    {
        var stored = _records.TryGetValue($"{stateName}/{grainId}", out var record) ? record.Etag : null;
        if (stored != expected) throw new InconsistentStateException("another version", stored, expected);
    }
}
