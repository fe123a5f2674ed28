using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace Orleans.Runtime;

/// <summary>A silo of the cluster within this process: its activations, and the services that they use.</summary>
internal sealed class Silo
{
    private readonly ConcurrentDictionary<Activation, byte> _activations = new();
    private readonly ConcurrentDictionary<GrainId, StatelessPool> _pools = new();
    private readonly Lazy<IIncomingGrainCallFilter[]> _filters;
    private int _activationCount;
    private volatile SiloStatus _status = SiloStatus.Created;

    /// <summary>
    /// A silo that has yet to join its cluster. With <paramref name="client"/> it never does: it is but the frame in which
    /// that client's observers live, and no place for grains.
    /// </summary>
    public Silo(Cluster cluster, IServiceProvider services, SiloAddress address, string name, GrainRuntime? client = null)
    {
        (Cluster, Services, Address, Name) = (cluster, services, address, name);
        Time = services.GetRequiredService<TimeProvider>();
        Metrics = services.GetRequiredService<EngineMetrics>();
        Log = new EngineLog(services.GetRequiredService<ILoggerFactory>().CreateLogger("Orleans.Runtime"));
        Collection = services.GetRequiredService<IOptions<GrainCollectionOptions>>().Value;
        var messaging = services.GetRequiredService<IOptions<SiloMessagingOptions>>().Value;
        QueueLimit = messaging.MaxEnqueuedRequestsHardLimit;
        // The filters may want IGrainFactory, so they are made with the first call and not with the silo.
        _filters = new(() => [.. services.GetServices<IIncomingGrainCallFilter>()]);
        Runtime = client ?? new GrainRuntime(cluster, this, services, messaging.ResponseTimeout);
    }

    public Cluster Cluster { get; }

    public IServiceProvider Services { get; }

    public SiloAddress Address { get; }

    public string Name { get; }

    public GrainRuntime Runtime { get; }

    public TimeProvider Time { get; }

    public EngineMetrics Metrics { get; }

    public EngineLog Log { get; }

    public GrainCollectionOptions Collection { get; }

    /// <summary>How many calls may wait at one activation; 0: no limit.</summary>
    public int QueueLimit { get; }

    public SiloStatus Status { get => _status; set => _status = value; }

    public bool IsDead => Status == SiloStatus.Dead;

    public IIncomingGrainCallFilter[] CallFilters => _filters.Value;

    public int ActivationCount => Volatile.Read(ref _activationCount);

    public IEnumerable<Activation> Activations => _activations.Keys;

    public void Add(Activation activation)
    {
        if (_activations.TryAdd(activation, 0)) Interlocked.Increment(ref _activationCount);
        // It may have been placed here in the moment of the silo's death.
        if (!IsDead) return;
        Remove(activation);
        activation.Kill();
    }

    public void Remove(Activation activation)
    {
        if (_activations.TryRemove(activation, out _)) Interlocked.Decrement(ref _activationCount);
        if (_pools.TryGetValue(activation.GrainId, out var pool)) pool.Remove(activation);
        Cluster.Forget(activation);
    }

    public Activation Worker(GrainId id, GrainClass grainClass) => _pools.GetOrAdd(id, _ => new StatelessPool(this, id, grainClass)).Choose();

    /// <summary>Ends all activations in order, telling each that the silo stops.</summary>
    public async Task DrainAsync(CancellationToken cancellationToken)
    {
        Status = SiloStatus.ShuttingDown;
        var reason = new DeactivationReason(DeactivationReasonCode.ShuttingDown, $"Silo {Name} stops.");
        while (!_activations.IsEmpty)
        {
            var ending = _activations.Keys.ToList();
            foreach (var activation in ending) activation.Deactivate(reason, cancellationToken);
            await Task.WhenAll(ending.Select(a => a.Deactivated)).WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The silo is no more: its activations stop where they are.</summary>
    public void Kill()
    {
        Status = SiloStatus.Dead;
        foreach (var activation in _activations.Keys)
        {
            Remove(activation);
            activation.Kill();
        }
    }

    public void CollectIdle()
    {
        foreach (var activation in _activations.Keys) activation.CollectIfIdle(Collection.CollectionAge);
    }
}
