using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.Runtime.Hosting;
using Orleans.Storage;
using Orleans.Streams;
using Orleans.TestingHost;

namespace Orleans.Tests;

/// <summary>Clusters as the tests want them, and waiting for what they cause.</summary>
internal static class TestClusters
{
    public static async Task<InProcessTestCluster> StartAsync(short silos = 1, Action<ISiloBuilder>? configure = null, SharedStorage? storage = null)
    {
        var shared = storage ?? new SharedStorage();
        var builder = new InProcessTestClusterBuilder(silos);
        builder.ConfigureSilo((_, silo) =>
        {
            silo.AddMemoryGrainStorageAsDefault();
            silo.AddMemoryGrainStorage("PubSubStore");
            silo.Services.AddGrainStorage("shared", (_, _) => shared);
            silo.AddMemoryStreams("events", c =>
            {
                c.ConfigurePartitioning(2);
                c.ConfigureStreamPubSub(StreamPubSubType.ImplicitOnly);
            });
            silo.AddMemoryStreams("talks");
            configure?.Invoke(silo);
        });
        builder.ConfigureClient(client =>
        {
            client.AddMemoryStreams("events", c =>
            {
                c.ConfigurePartitioning(2);
                c.ConfigureStreamPubSub(StreamPubSubType.ImplicitOnly);
            });
            client.AddMemoryStreams("talks");
            client.Services.Configure<ClientMessagingOptions>(o => o.ResponseTimeout = TimeSpan.FromSeconds(10));
        });
        var cluster = builder.Build();
        await cluster.DeployAsync();
        return cluster;
    }

    public static async Task Until(Func<Task<bool>> condition)
    {
        var clock = Stopwatch.StartNew();
        while (!await condition())
        {
            if (clock.Elapsed > TimeSpan.FromSeconds(20)) throw new TimeoutException("The condition did not come true within 20 s.");
            await Task.Delay(10);
        }
    }

    public static InProcessSiloHandle SiloAt(this InProcessTestCluster cluster, string address) => cluster.Silos.First(s => s.SiloAddress.ToString() == address);
}

/// <summary>Storage that outlives silos, with copies and versions.</summary>
internal sealed class SharedStorage : IGrainStorage
{
    private readonly ConcurrentDictionary<string, (object State, string Etag)> _rows = new(StringComparer.Ordinal);

    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        if (_rows.TryGetValue(stateName + grainId, out var row))
            (grainState.State, grainState.ETag, grainState.RecordExists) = (Copier.CopyOf((T)row.State), row.Etag, true);
        return Task.CompletedTask;
    }

    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        await Task.Yield();
        var stored = _rows.TryGetValue(stateName + grainId, out var row) ? row.Etag : null;
        if (stored != grainState.ETag) throw new InconsistentStateException("etag", stored, grainState.ETag);
        var etag = Guid.NewGuid().ToString();
        _rows[stateName + grainId] = (Copier.CopyOf(grainState.State)!, etag);
        (grainState.ETag, grainState.RecordExists) = (etag, true);
    }

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        _rows.TryRemove(stateName + grainId, out _);
        (grainState.ETag, grainState.RecordExists, grainState.State) = (null, false, Activator.CreateInstance<T>());
        return Task.CompletedTask;
    }
}
