using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net;
using System.Numerics;
using System.Reflection;

namespace Orleans.Runtime;

/// <summary>
/// Copies what crosses between grains, as going over a wire would: a change made on one side is never seen on the other.
/// Types with [Immutable], and those that cannot change, are handed over as they are.
/// </summary>
internal static class Copier
{
    private static readonly ConcurrentDictionary<Type, CopyObject?> Copies = new();

    private static readonly HashSet<Type> Unchanging =
    [
        typeof(string), typeof(decimal), typeof(DateTime), typeof(DateTimeOffset), typeof(TimeSpan), typeof(DateOnly), typeof(TimeOnly), typeof(Guid),
        typeof(Int128), typeof(UInt128), typeof(Half), typeof(BigInteger), typeof(Uri), typeof(Version), typeof(IPAddress), typeof(IPEndPoint),
        typeof(CancellationToken), typeof(IdSpan), typeof(GrainType), typeof(GrainId), typeof(ActivationId), typeof(StreamId), typeof(System.Text.Rune),
    ];

    private static readonly Dictionary<Type, string> Collections = new()
    {
        [typeof(List<>)] = nameof(CollectionCopies.List),
        [typeof(Dictionary<,>)] = nameof(CollectionCopies.Dictionary),
        [typeof(HashSet<>)] = nameof(CollectionCopies.HashSet),
        [typeof(ImmutableArray<>)] = nameof(CollectionCopies.ImmutableArray),
    };

    /// <summary>Copies an object of one type; never called with what cannot change.</summary>
    public delegate object CopyObject(object original, CopyContext context);

    /// <summary>A deep copy, or the object itself when nobody could tell.</summary>
    /// <exception cref="NotSupportedException">Some object in it has a type that does not cross.</exception>
    public static object? Copy(object? original, CopyContext context)
    {
        if (original is null || CopyFor(original.GetType()) is not { } copy) return original;
        return context.Find(original) ?? copy(original, context);
    }

    /// <summary>A deep copy with its type kept.</summary>
    public static T CopyOf<T>(T original) => (T)Copier.Copy(original, new CopyContext())!;

    /// <summary>Whether values that are declared as <paramref name="type"/> need no copy.</summary>
    public static bool IsImmutable(Type type)
    {
        if (type.IsPrimitive || type.IsEnum || Unchanging.Contains(type) || type.IsDefined(typeof(ImmutableAttribute), inherit: false)) return true;
        if (Nullable.GetUnderlyingType(type) is { } value) return IsImmutable(value);
        if (typeof(Exception).IsAssignableFrom(type) || typeof(Type).IsAssignableFrom(type) || typeof(GrainProxy).IsAssignableFrom(type)) return true;
        if (!type.IsGenericType) return false;
        return (IsTuple(type) || type.GetGenericTypeDefinition() == typeof(ImmutableArray<>)) && type.GetGenericArguments().All(IsImmutable);
    }

    public static bool IsTuple(Type type) => typeof(System.Runtime.CompilerServices.ITuple).IsAssignableFrom(type) && type.IsGenericType;

    /// <summary>Whether the elements are what matters in a type that the engine copies by itself.</summary>
    public static bool IsCollection(Type type) => type.IsArray || IsTuple(type) || Nullable.GetUnderlyingType(type) is not null
        || (type.IsGenericType && Collections.ContainsKey(type.GetGenericTypeDefinition()));

    private static CopyObject? CopyFor(Type type) => Copies.GetOrAdd(type, static t => Make(t));

    private static CopyObject? Make(Type type)
    {
        if (IsImmutable(type)) return null;
        if (type.IsArray) return Bind(type.GetArrayRank() == 1 ? nameof(CollectionCopies.Array) : throw Unknown(type), type.GetElementType()!);
        if (type.IsGenericType && Collections.TryGetValue(type.GetGenericTypeDefinition(), out var name)) return Bind(name, type.GetGenericArguments());
        if (IsTuple(type)) return TupleCopies.Make(type);
        if (type.IsDefined(typeof(GenerateSerializerAttribute), inherit: false)) return MemberCopies.Make(type);
        return type == typeof(object) ? static (_, _) => new object() : throw Unknown(type);
    }

    private static CopyObject Bind(string name, params Type[] arguments) =>
        typeof(CollectionCopies).GetMethod(name, BindingFlags.Public | BindingFlags.Static)!.MakeGenericMethod(arguments).CreateDelegate<CopyObject>();

    private static NotSupportedException Unknown(Type type) =>
        new($"{type} does not cross between grains: it has no [GenerateSerializer], and is none of the types that are copied without.");
}
