using System.Collections.Concurrent;
using System.Globalization;
using Orleans.Storage;

namespace Orleans.Runtime;

/// <summary>
/// Memory storage of a cluster. Its records are spread over partitions, each of which lives in one silo and is lost with
/// it, as they are with the real engine, where grains hold them.
/// </summary>
internal sealed class MemoryStore
{
    private const int Partitions = 10;
    private readonly ConcurrentDictionary<(string Storage, int Partition), MemoryPartition> _partitions = new();

    public MemoryPartition Of(string storage, string key, Silo writer)
    {
        var partition = (int)(GrainKeys.StableHash(key) % Partitions);
        var active = writer.Cluster.Active;
        return _partitions.GetOrAdd((storage, partition), _ => new MemoryPartition(active.Count == 0 ? writer : active[partition % active.Count]));
    }

    public void Lose(Silo silo)
    {
        foreach (var lost in _partitions.Where(partition => partition.Value.Home == silo)) _partitions.TryRemove(lost);
    }
}

internal sealed class MemoryPartition(Silo home)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, (object? State, string Etag)> _records = new(StringComparer.Ordinal);
    private long _version;

    public Silo Home { get; } = home;

    public void Read<T>(string key, IGrainState<T> target)
    {
        lock (_gate)
        {
            if (_records.TryGetValue(key, out var record))
                (target.State, target.ETag, target.RecordExists) = (Copier.CopyOf((T)record.State!), record.Etag, true);
            else
                (target.State, target.ETag, target.RecordExists) = (Activator.CreateInstance<T>(), null, false);
        }
    }

    public void Write<T>(string key, IGrainState<T> source)
    {
        lock (_gate)
        {
            CheckVersion(key, source.ETag);
            var etag = (++_version).ToString(CultureInfo.InvariantCulture);
            _records[key] = (Copier.CopyOf(source.State), etag);
            (source.ETag, source.RecordExists) = (etag, true);
        }
    }

    public void Clear<T>(string key, IGrainState<T> target)
    {
        lock (_gate)
        {
            CheckVersion(key, target.ETag);
            _records.Remove(key);
            (target.State, target.ETag, target.RecordExists) = (Activator.CreateInstance<T>(), null, false);
        }
    }

    private void CheckVersion(string key, string? expected)
    {
        var stored = _records.TryGetValue(key, out var record) ? record.Etag : null;
        if (stored != expected) throw new InconsistentStateException($"Record {key} has another version.", stored, expected);
    }
}

internal sealed class MemoryGrainStorage(string name, Silo silo) : IGrainStorage
{
    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        Do(stateName, grainId, (partition, key) => partition.Read(key, grainState));

    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        Do(stateName, grainId, (partition, key) => partition.Write(key, grainState));

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        Do(stateName, grainId, (partition, key) => partition.Clear(key, grainState));

    private Task Do(string stateName, GrainId grainId, Action<MemoryPartition, string> work)
    {
        var key = $"{stateName}/{grainId}";
        work(silo.Cluster.Memory.Of(name, key, silo), key);
        return Task.CompletedTask;
    }
}
