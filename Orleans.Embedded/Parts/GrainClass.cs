using System.Collections.Frozen;
using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Concurrency;
using Orleans.Placement;

namespace Orleans.Runtime;

/// <summary>What the engine knows of a grain class.</summary>
internal sealed class GrainClass
{
    private static readonly PlacementStrategy DefaultPlacement = new FewestPlacement();
    private readonly ConstructorInfo _constructor;
    private readonly Func<Activation, object?>[] _arguments;

    public GrainClass(Type type)
    {
        Type = type;
        GrainType = NameOf(type);
        IsReentrant = type.IsDefined(typeof(ReentrantAttribute));
        KeepAlive = type.IsDefined(typeof(KeepAliveAttribute));
        var placement = type.GetCustomAttribute<PlacementAttribute>();
        Placement = placement?.PlacementStrategy ?? DefaultPlacement;
        MaxLocalWorkers = placement is StatelessWorkerAttribute worker ? worker.MaxLocalWorkers : 0;
        StreamNamespaces = type.GetCustomAttributes<ImplicitStreamSubscriptionAttribute>().Select(s => s.Namespace).ToFrozenSet(StringComparer.Ordinal);
        _constructor = ConstructorOf(type);
        _arguments = [.. _constructor.GetParameters().Select(SourceOf)];
    }

    public Type Type { get; }

    public GrainType GrainType { get; }

    public bool IsReentrant { get; }

    public bool KeepAlive { get; }

    public PlacementStrategy Placement { get; }

    /// <summary>Above 0: a stateless worker, with as many activations in a silo at most.</summary>
    public int MaxLocalWorkers { get; }

    public FrozenSet<string> StreamNamespaces { get; }

    /// <summary>The name that was given, or the real engine's default: the class's, in small letters, without "Grain".</summary>
    public static GrainType NameOf(Type type)
    {
        if (type.GetCustomAttribute<GrainTypeAttribute>(inherit: false) is { } given) return GrainType.Create(given.Name);
        var name = type.Name.ToLowerInvariant();
        return GrainType.Create(name.EndsWith("grain", StringComparison.Ordinal) ? name[..^5] : name);
    }

    public static ConstructorInfo ConstructorOf(Type type)
    {
        var constructors = type.GetConstructors();
        return Array.Find(constructors, c => c.IsDefined(typeof(ActivatorUtilitiesConstructorAttribute)))
            ?? constructors.MaxBy(c => c.GetParameters().Length)
            ?? throw new OrleansConfigurationException($"{type} has no public constructor.");
    }

    public object Create(Activation activation) =>
        _constructor.Invoke(BindingFlags.DoNotWrapExceptions, binder: null, [.. _arguments.Select(argument => argument(activation))], culture: null);

    private static Func<Activation, object?> SourceOf(ParameterInfo parameter)
    {
        var type = parameter.ParameterType;
        if (parameter.GetCustomAttribute<PersistentStateAttribute>() is { } state)
        {
            var make = typeof(PersistentState<>).MakeGenericType(type.GetGenericArguments()[0]).GetConstructors()[0];
            return activation => make.Invoke(BindingFlags.DoNotWrapExceptions, binder: null, [activation, state.StateName, state.StorageName], culture: null);
        }
        if (type == typeof(IGrainContext)) return activation => activation;
        if (parameter.GetCustomAttribute<FromKeyedServicesAttribute>() is { } keyed)
            return activation => activation.ActivationServices.GetRequiredKeyedService(type, keyed.Key);
        return parameter.HasDefaultValue
            ? activation => activation.ActivationServices.GetService(type) ?? parameter.DefaultValue
            : activation => activation.ActivationServices.GetRequiredService(type);
    }
}
