using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.Runtime.Hosting;
using Orleans.Streams;
using Orleans.TestingHost;

namespace IppanFleet.Grains.Tests;

/// <summary>A cluster with the fleet's grains, whose nodes run nothing.</summary>
internal sealed class FleetCluster : IAsyncDisposable
{
    private FleetCluster(InProcessTestCluster cluster, PretendedNodes nodes) => (Cluster, Nodes) = (cluster, nodes);

    internal InProcessTestCluster Cluster { get; }

    internal PretendedNodes Nodes { get; }

    internal IFleetGrain Fleet => Cluster.Client.GetGrain<IFleetGrain>(FleetKeys.Fleet);

    internal static async Task<FleetCluster> StartAsync(short silos = 1, BlockOptions? blocks = null)
    {
        var nodes = new PretendedNodes();
        var builder = new InProcessTestClusterBuilder(silos);
        builder.ConfigureSilo((options, silo) =>
        {
            silo.Services.AddGrainStorage(FleetKeys.Store, (_, _) => nodes.Storage);
            silo.Services.AddGrainStorage(FleetKeys.BlockStore, (_, _) => nodes.Storage);
            silo.Services.AddGrainStorage(FleetKeys.PeerStore, (_, _) => nodes.Storage);
            silo.Services.AddSingleton(blocks ?? new BlockOptions());
            silo.AddMemoryGrainStorage("PubSubStore");
            silo.AddMemoryStreams(GossipStreams.Applications, streams => streams.ConfigurePartitioning(GossipStreams.Partitions));
            silo.AddMemoryStreams(GossipStreams.Provider, Configure);
            silo.Services.AddSingleton(nodes);
            silo.Services.AddSingleton<INodeTransportHost, PretendedTransports>();
        });
        builder.ConfigureClient(client =>
        {
            client.AddMemoryStreams(GossipStreams.Applications, streams => streams.ConfigurePartitioning(GossipStreams.Partitions));
            client.AddMemoryStreams(GossipStreams.Provider, streams =>
            {
                streams.ConfigurePartitioning(GossipStreams.Partitions);
                streams.ConfigureStreamPubSub(StreamPubSubType.ImplicitOnly);
            });
        });
        var cluster = builder.Build();
        await cluster.DeployAsync();
        return new FleetCluster(cluster, nodes);
    }

    internal static async Task UntilAsync(Func<Task<bool>> condition, string what)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!await condition())
        {
            deadline.IsCancellationRequested.ShouldBeFalse($"never: {what}");
            await Task.Delay(20, CancellationToken.None);
        }
    }

    public async ValueTask DisposeAsync() => await Cluster.DisposeAsync();

    private static void Configure(ISiloMemoryStreamConfigurator streams)
    {
        streams.ConfigurePartitioning(GossipStreams.Partitions);
        streams.ConfigureStreamPubSub(StreamPubSubType.ImplicitOnly);
    }
}

/// <summary>Which nodes are said to run where, over all silos of a cluster.</summary>
internal sealed class PretendedNodes
{
    internal ConcurrentDictionary<string, string> SiloOf { get; } = new();

    internal ConcurrentDictionary<string, int> Starts { get; } = new();

    internal ConcurrentDictionary<string, string[]> SiblingsOf { get; } = new();

    /// <summary>Nodes that cannot start, and why.</summary>
    internal ConcurrentDictionary<string, string> Refused { get; } = new();

    /// <summary>Nodes whose network has failed.</summary>
    internal ConcurrentDictionary<string, bool> Failed { get; } = new();

    /// <summary>Holders of leases that are known to be gone.</summary>
    internal ConcurrentDictionary<string, bool> Gone { get; } = new();

    /// <summary>How often a node's lease was renewed.</summary>
    internal ConcurrentDictionary<string, int> Renewals { get; } = new();

    internal string[] KnownPeers { get; set; } = [];

    internal TimeSpan LeaseTime { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Where all silos keep their state.</summary>
    internal SharedStorage Storage { get; } = new();
}

/// <summary>The transports of one silo, which pretend.</summary>
internal sealed class PretendedTransports(PretendedNodes nodes, ILocalSiloDetails silo) : INodeTransportHost
{
    public string Holder => silo.Name;

    public TimeSpan LeaseTime => nodes.LeaseTime;

    public bool IsGone(string holder) => nodes.Gone.ContainsKey(holder);

    public void RenewLease(string node, long begun) => nodes.Renewals.AddOrUpdate(node, 1, (_, count) => count + 1);

    public string[] KnownPeers(string node) => nodes.KnownPeers;

    public Task<NodeAnnouncement> StartAsync(NodeSpec spec, string[] siblings, long leaseBegun, CancellationToken cancellationToken)
    {
        if (nodes.Refused.TryGetValue(spec.Name, out var reason)) throw new IOException(reason);
        nodes.SiloOf[spec.Name] = silo.Name;
        nodes.SiblingsOf[spec.Name] = siblings;
        nodes.Starts.AddOrUpdate(spec.Name, 1, (_, starts) => starts + 1);
        nodes.Failed.TryRemove(spec.Name, out _);
        return Task.FromResult(new NodeAnnouncement { Name = spec.Name, PeerId = "id of " + spec.Name, Addresses = [$"/memory/{spec.Name}"] });
    }

    public Task StopAsync(string node)
    {
        nodes.SiloOf.TryRemove(new(node, silo.Name));
        return Task.CompletedTask;
    }

    public NodeSummary? Find(string node) => !nodes.SiloOf.TryGetValue(node, out var home) || home != silo.Name
        ? null
        : new NodeSummary { Name = node, Phase = nodes.Failed.ContainsKey(node) ? NodePhase.Failed : NodePhase.Joined, Addresses = [$"/memory/{node}"], Peers = 2, Meshes = [new MeshSummary { Topic = "t", Peers = 4 }] };

    public PeerSummary[] PeersOf(string node, int skip, int take) => [.. Enumerable.Range(0, 5).Skip(skip).Take(take).Select(i => new PeerSummary { PeerId = $"p{i} of {node}" })];

    public ValueTask<PublishOutcome> PublishAsync(string node, GossipKind kind, byte[] data) => ValueTask.FromResult(new PublishOutcome { IsSent = true, Peers = data.Length, Reason = kind.ToString() });
}
