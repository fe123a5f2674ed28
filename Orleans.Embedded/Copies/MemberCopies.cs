using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;

namespace Orleans.Runtime;

/// <summary>
/// Copies of types with [GenerateSerializer]: a new object, and then each member that has an [Id]. Members without one do
/// not cross, as on a wire. The code is emitted once per type, since records with init-only members allow no other way.
/// </summary>
internal static class MemberCopies
{
    private delegate void CopyMembers(object original, object copy, CopyContext context);

    public static Copier.CopyObject Make(Type type)
    {
        if (type.IsAbstract) throw new NotSupportedException($"{type} is abstract.");
        var constructor = type.GetConstructor(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic, []);
        var copyMembers = Emit(type);
        return (original, context) =>
        {
            var copy = constructor is null ? RuntimeHelpers.GetUninitializedObject(type) : constructor.Invoke([]);
            if (!type.IsValueType) context.Add(original, copy);
            copyMembers(original, copy, context);
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

    private static CopyMembers Emit(Type type)
    {
        var method = new DynamicMethod("CopyMembers", typeof(void), [typeof(object), typeof(object), typeof(CopyContext)], typeof(MemberCopies).Module, skipVisibility: true);
        var il = method.GetILGenerator();
        foreach (var (member, _) in LineOf(type).SelectMany(MembersOf))
        {
            var memberType = member is FieldInfo f ? f.FieldType : ((PropertyInfo)member).PropertyType;
            var isShared = Copier.IsImmutable(memberType) || member.IsDefined(typeof(ImmutableAttribute), inherit: false);
            Load(il, OpCodes.Ldarg_1, type);
            Load(il, OpCodes.Ldarg_0, type);
            var field = member as FieldInfo ?? BackingFieldOf((PropertyInfo)member);
            if (field is not null) il.Emit(OpCodes.Ldfld, field);
            else il.Emit(OpCodes.Call, ((PropertyInfo)member).GetGetMethod(nonPublic: true) ?? throw Unwritable(member));
            if (!isShared)
            {
                if (memberType.IsValueType) il.Emit(OpCodes.Box, memberType);
                il.Emit(OpCodes.Ldarg_2);
                il.Emit(OpCodes.Call, typeof(Copier).GetMethod(nameof(Copier.Copy), [typeof(object), typeof(CopyContext)])!);
                il.Emit(OpCodes.Unbox_Any, memberType);
            }
            if (field is not null) il.Emit(OpCodes.Stfld, field);
            else il.Emit(OpCodes.Call, ((PropertyInfo)member).GetSetMethod(nonPublic: true) ?? throw Unwritable(member));
        }
        il.Emit(OpCodes.Ret);
        return method.CreateDelegate<CopyMembers>();
    }

    private static void Load(ILGenerator il, OpCode argument, Type type)
    {
        il.Emit(argument);
        il.Emit(type.IsValueType ? OpCodes.Unbox : OpCodes.Castclass, type);
    }

    private static FieldInfo? BackingFieldOf(PropertyInfo property) =>
        property.DeclaringType!.GetField($"<{property.Name}>k__BackingField", BindingFlags.Instance | BindingFlags.NonPublic);

    private static NotSupportedException Unwritable(MemberInfo member) => new($"{member.DeclaringType}.{member.Name} has an [Id] but cannot be read or written.");
}
