using System.Reflection;
using System.Runtime.CompilerServices;

namespace Orleans.Runtime;

/// <summary>
/// Copies of types with [GenerateSerializer]: a new object, and then each member that has an [Id]. Members without one do
/// not cross, as on a wire.
/// </summary>
internal static class MemberCopies
{
    public static Copier.CopyObject Make(Type type)
    {
        if (type.IsAbstract) throw new NotSupportedException($"{type} is abstract.");
        var constructor = type.GetConstructor(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic, []);
        var members = LineOf(type).SelectMany(MembersOf).Select(m => CopyOf(m.Member)).ToArray();
        return (original, context) =>
        {
            var copy = constructor is null ? RuntimeHelpers.GetUninitializedObject(type) : constructor.Invoke([]);
            if (!type.IsValueType) context.Add(original, copy);
            foreach (var member in members) member.Set(copy, member.IsShared ? member.Get(original) : Copier.Copy(member.Get(original), context));
            return copy;
        };
    }

    /// <summary>What crosses of a type: its numbered members, and the parameters of a record's primary constructor.</summary>
    public static IEnumerable<(MemberInfo Member, uint? Id)> MembersOf(Type type)
    {
        const BindingFlags Declared = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
        var positional = PrimaryParametersOf(type);
        foreach (var member in type.GetMembers(Declared))
        {
            if (member is not (FieldInfo or PropertyInfo)) continue;
            if (member.GetCustomAttribute<IdAttribute>() is { } id) yield return (member, id.Id);
            else if (member is PropertyInfo && positional.Contains(member.Name)) yield return (member, null);
        }
    }

    /// <summary>The type and those it derives from.</summary>
    public static IEnumerable<Type> LineOf(Type type)
    {
        for (var t = type; t is not null && t != typeof(object) && t != typeof(ValueType); t = t.BaseType) yield return t;
    }

    private static HashSet<string> PrimaryParametersOf(Type type)
    {
        const BindingFlags Declared = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
        var isRecord = type.GetMethod("PrintMembers", Declared) is not null;
        var candidates = isRecord ? type.GetConstructors(Declared) : [];
        var primary = candidates
            .Select(c => c.GetParameters())
            .Where(p => p.Length > 0 && Array.TrueForAll(p, x => type.GetProperty(x.Name!, Declared)?.PropertyType == x.ParameterType))
            .MaxBy(p => p.Length);
        return primary?.Select(p => p.Name!).ToHashSet(StringComparer.Ordinal) ?? [];
    }

    private static MemberCopy CopyOf(MemberInfo member)
    {
        var type = member is FieldInfo field ? field.FieldType : ((PropertyInfo)member).PropertyType;
        var isShared = Copier.IsImmutable(type) || member.IsDefined(typeof(ImmutableAttribute), inherit: false);
        // Through the field where there is one: a member may be read-only or init-only.
        var store = member as FieldInfo ?? BackingFieldOf((PropertyInfo)member);
        if (store is not null) return new MemberCopy(store.GetValue, store.SetValue, isShared);
        var property = (PropertyInfo)member;
        return property is { CanRead: true, CanWrite: true }
            ? new MemberCopy(property.GetValue, property.SetValue, isShared)
            : throw new NotSupportedException($"{member.DeclaringType}.{member.Name} has an [Id] but cannot be read or written.");
    }

    private static FieldInfo? BackingFieldOf(PropertyInfo property) =>
        property.DeclaringType!.GetField($"<{property.Name}>k__BackingField", BindingFlags.Instance | BindingFlags.NonPublic);

    private sealed record MemberCopy(Func<object, object?> Get, Action<object, object?> Set, bool IsShared);
}
