using System.Collections.Concurrent;
using System.Net;
using Microsoft.Extensions.DependencyInjection;

namespace Orleans.Runtime;

/// <summary>The side of a call where it begins: a silo's grains and services, or a client.</summary>
internal sealed class GrainRuntime : IClusterClient
{
    private static readonly GrainType ClientType = GrainType.Create("sys.client");
    private readonly ConcurrentDictionary<(IGrainObserver, Type), Activation> _observers = new();
    private readonly TimeProvider _time;
    private readonly EngineMetrics _metrics;

    public GrainRuntime(Cluster cluster, Silo? silo, IServiceProvider services, TimeSpan responseTimeout)
    {
        (Cluster, Silo, ServiceProvider, ResponseTimeout) = (cluster, silo, services, responseTimeout);
        (_time, _metrics) = (services.GetRequiredService<TimeProvider>(), services.GetRequiredService<EngineMetrics>());
        // A silo hosts its own; a client outside of silos borrows the bare frame of one that never joins.
        Home = silo ?? new Silo(cluster, services, SiloAddress.New(IPAddress.Loopback, 0, 0), "client", this);
        Self = new(() => cluster.Host(Home, GrainId.Create(ClientType, Guid.NewGuid().ToString("N")), instance: null));
    }

    public Cluster Cluster { get; }

    public Silo? Silo { get; }

    public IServiceProvider ServiceProvider { get; }

    public TimeSpan ResponseTimeout { get; }

    private Silo Home { get; }

    /// <summary>The consumer on whose behalf code outside of grains subscribes to streams.</summary>
    public Lazy<Activation> Self { get; }

    public static bool IsClient(GrainId grain) => grain.Type == ClientType;

    public TGrainInterface GetGrain<TGrainInterface>(Guid primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithGuidKey => Get<TGrainInterface>(GrainKeys.Of(primaryKey), grainClassNamePrefix);

    public TGrainInterface GetGrain<TGrainInterface>(long primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithIntegerKey => Get<TGrainInterface>(GrainKeys.Of(primaryKey), grainClassNamePrefix);

    public TGrainInterface GetGrain<TGrainInterface>(string primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithStringKey => Get<TGrainInterface>(GrainKeys.Of(primaryKey), grainClassNamePrefix);

    public TGrainObserverInterface CreateObjectReference<TGrainObserverInterface>(IGrainObserver obj)
        where TGrainObserverInterface : IGrainObserver
    {
        var activation = Cluster.Host(Home, GrainId.Create(ClientType, Guid.NewGuid().ToString("N")), obj);
        _observers[(obj, typeof(TGrainObserverInterface))] = activation;
        return (TGrainObserverInterface)Reference(typeof(TGrainObserverInterface), activation.GrainId);
    }

    public void DeleteObjectReference<TGrainObserverInterface>(IGrainObserver obj)
        where TGrainObserverInterface : IGrainObserver
    {
        if (_observers.TryRemove((obj, typeof(TGrainObserverInterface)), out var activation))
            activation.Deactivate(new DeactivationReason(DeactivationReasonCode.ApplicationRequested, "The object reference was deleted."));
    }

    public object Reference(Type grainInterface, GrainId target) => GrainProxy.Create(this, GrainInterface.Of(grainInterface), target);

    /// <summary>Sends a call and waits for its response, at most as long as the options say.</summary>
    public Task<object?> SendAsync(Call call)
    {
        if (Silo is { IsDead: true }) return Task.FromException<object?>(new SiloUnavailableException($"Silo {Silo.Address} is dead: it sends nothing."));
        Cluster.Dispatch(call);
        return call.IsOneWay ? Task.FromResult<object?>(null) : AwaitResponseAsync(call);
    }

    /// <summary>Takes a client out of the cluster: nothing reaches its observers any longer.</summary>
    public void Leave() => Home.Kill();

    private TGrainInterface Get<TGrainInterface>(IdSpan key, string? classNamePrefix) =>
        (TGrainInterface)Reference(typeof(TGrainInterface), new GrainId(Cluster.Parts.ClassFor(typeof(TGrainInterface), classNamePrefix).GrainType, key));

    private async Task<object?> AwaitResponseAsync(Call call)
    {
        var started = _time.GetTimestamp();
        try
        {
            return call.Response.IsCompleted
                ? await call.Response.ConfigureAwait(false)
                : await call.Response.WaitAsync(ResponseTimeout, _time).ConfigureAwait(false);
        }
        catch (TimeoutException e) when (!call.Response.IsCompleted)
        {
            call.IsAbandoned = true;
            _metrics.TimedOut.Add(1);
            throw new TimeoutException($"No response within {ResponseTimeout} to {call.Name} of {call.Target}.", e);
        }
        finally
        {
            _metrics.RequestEnded(_time.GetElapsedTime(started));
        }
    }
}
