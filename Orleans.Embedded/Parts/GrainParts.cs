using System.Collections.Concurrent;
using System.Collections.Frozen;

namespace Orleans.Runtime;

/// <summary>The grain classes that a silo knows, found by type, by interface and by stream namespace.</summary>
internal sealed class GrainParts
{
    private readonly FrozenDictionary<GrainType, GrainClass> _byType;
    private readonly ConcurrentDictionary<(Type, string?), GrainClass> _byInterface = new();

    private GrainParts(IEnumerable<GrainClass> classes) => _byType = classes.ToFrozenDictionary(c => c.GrainType);

    public static GrainParts None { get; } = new([]);

    /// <summary>The grains among <paramref name="types"/>.</summary>
    /// <exception cref="OrleansConfigurationException">Something in them would not work, or not with the real engine. All faults are named.</exception>
    public static GrainParts Of(IEnumerable<Type> types)
    {
        var all = types.ToList();
        var faults = PartValidator.FaultsOf(all);
        if (faults.Count > 0) throw new OrleansConfigurationException($"The grains cannot be used:{string.Concat(faults.Select(fault => $"\n  {fault}"))}");
        return new GrainParts(all.Where(IsGrainClass).Select(type => new GrainClass(type)));
    }

    public static bool IsGrainClass(Type type) =>
        type is { IsClass: true, IsAbstract: false } && typeof(IGrainBase).IsAssignableFrom(type) && typeof(IGrain).IsAssignableFrom(type);

    /// <exception cref="OrleansMessageRejectionException">No silo has such a class.</exception>
    public GrainClass ClassOf(GrainType type) =>
        _byType.TryGetValue(type, out var found) ? found : throw new OrleansMessageRejectionException($"No grain class is called '{type}'.");

    /// <exception cref="ArgumentException">No class implements the interface, or several do and none bears its name.</exception>
    public GrainClass ClassFor(Type grainInterface, string? namePrefix) => _byInterface.GetOrAdd((grainInterface, namePrefix), key => Choose(key.Item1, key.Item2));

    public IEnumerable<GrainClass> SubscribersOf(string? streamNamespace) => _byType.Values.Where(c => c.StreamNamespaces.Contains(streamNamespace ?? ""));

    private GrainClass Choose(Type grainInterface, string? namePrefix)
    {
        var candidates = _byType.Values.Where(c => grainInterface.IsAssignableFrom(c.Type)).ToList();
        if (namePrefix is not null)
            candidates = [.. candidates.Where(c => c.Type.FullName!.StartsWith(namePrefix, StringComparison.Ordinal) || c.Type.Name.StartsWith(namePrefix, StringComparison.Ordinal))];
        if (candidates.Count == 1) return candidates[0];
        var bare = grainInterface.Name.StartsWith('I') ? grainInterface.Name[1..] : grainInterface.Name;
        var named = candidates.Where(c => c.Type.Name == bare || c.Type.Name == bare + "Grain").ToList();
        return named.Count == 1
            ? named[0]
            : throw new ArgumentException($"{(candidates.Count == 0 ? "No grain class" : "More than one grain class")} implements {grainInterface}.", nameof(grainInterface));
    }
}
