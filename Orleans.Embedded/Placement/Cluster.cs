using System.Collections.Concurrent;
using Orleans.Streams;

namespace Orleans.Runtime;

/// <summary>
/// The silos of one cluster in this process and the directory of what is activated where. There is one object of this kind
/// per cluster, shared by its silos and clients: that is why nothing here needs agreement, and why it cannot span processes.
/// </summary>
internal sealed class Cluster(string key)
{
    private static readonly ConcurrentDictionary<string, Cluster> Known = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<GrainId, Activation> _directory = new();
    private readonly Lock _gate = new();
    private volatile Silo[] _silos = [];
    private volatile Silo[] _active = [];
    private int _members;

    /// <summary>The grains that this cluster's silos know.</summary>
    public GrainParts Parts { get; private set; } = GrainParts.None;

    /// <summary>Queues of memory streams, by provider name.</summary>
    public ConcurrentDictionary<string, StreamHub> Streams { get; } = new(StringComparer.Ordinal);

    public MemoryStore Memory { get; } = new();

    /// <summary>All silos that were ever in, the dead ones too.</summary>
    public IReadOnlyList<Silo> Silos => _silos;

    public IReadOnlyList<Silo> Active => _active;

    /// <summary>The cluster of that name; it is forgotten when the last member left.</summary>
    public static Cluster Enter(string key)
    {
        while (true)
        {
            var cluster = Known.GetOrAdd(key, static k => new Cluster(k));
            lock (cluster._gate)
            {
                if (!Known.TryGetValue(key, out var current) || current != cluster) continue;
                cluster._members++;
                return cluster;
            }
        }
    }

    public void Leave()
    {
        lock (_gate)
        {
            if (--_members == 0) Known.TryRemove(new KeyValuePair<string, Cluster>(key, this));
        }
    }

    /// <exception cref="OrleansConfigurationException">Another silo that is alive has that end point.</exception>
    public void Join(Silo silo, GrainParts parts)
    {
        lock (_gate)
        {
            if (_silos.FirstOrDefault(s => !s.IsDead && s.Address.Endpoint.Equals(silo.Address.Endpoint)) is { } other)
                throw new OrleansConfigurationException($"Silo {silo.Name} cannot have {silo.Address.Endpoint}: silo {other.Name} of cluster {key} has it.");
            Parts = parts;
            silo.Status = SiloStatus.Active;
            _silos = [.. _silos, silo];
            _active = [.. _active, silo];
        }
    }

    public async Task StopAsync(Silo silo, CancellationToken cancellationToken)
    {
        lock (_gate) _active = [.. _active.Where(s => s != silo)];
        try
        {
            if (!cancellationToken.IsCancellationRequested) await silo.DrainAsync(cancellationToken).ConfigureAwait(false);
            // What was queued is delivered by the silos that remain.
            foreach (var hub in Streams.Values) hub.Release(silo, isLost: cancellationToken.IsCancellationRequested);
        }
        finally
        {
            Kill(silo);
        }
    }

    public void Kill(Silo silo)
    {
        lock (_gate)
        {
            if (silo.IsDead) return;
            silo.Status = SiloStatus.Dead;
            _active = [.. _active.Where(s => s != silo)];
        }
        silo.Kill();
        Memory.Lose(silo);
        foreach (var hub in Streams.Values) hub.Release(silo, isLost: true);
    }

    /// <summary>Brings a call to its activation, which is made if there is none.</summary>
    public void Dispatch(Call call)
    {
        try
        {
            while (!Locate(call).TryEnqueue(call))
            {
                // The activation ended between the look-up and now, and has left or is leaving the directory.
            }
        }
        catch (OrleansException e)
        {
            call.Fail(e);
        }
    }

    /// <summary>Makes an object that is no grain callable under an identity.</summary>
    public Activation Host(Silo silo, GrainId id, object? instance)
    {
        var activation = new Activation(silo, id, grainClass: null, instance);
        _directory[id] = activation;
        silo.Add(activation);
        return activation;
    }

    public Activation? Find(GrainId id) => _directory.GetValueOrDefault(id);

    public void Forget(Activation activation) => _directory.TryRemove(new KeyValuePair<GrainId, Activation>(activation.GrainId, activation));

    private Activation Locate(Call call)
    {
        if (_directory.TryGetValue(call.Target, out var known)) return known;
        if (GrainRuntime.IsClient(call.Target)) throw new ClientNotAvailableException(call.Target);
        var grainClass = Parts.ClassOf(call.Target.Type);
        var active = _active;
        if (active.Length == 0) throw new SiloUnavailableException($"Cluster {key} has no active silo for {call.Target}.");
        var silo = grainClass.Placement.Choose(call.Target, call.Runtime.Silo, active);
        if (grainClass.MaxLocalWorkers > 0) return silo.Worker(call.Target, grainClass);
        var fresh = new Activation(silo, call.Target, grainClass);
        var placed = _directory.GetOrAdd(call.Target, fresh);
        if (placed == fresh) silo.Add(fresh);
        return placed;
    }
}
