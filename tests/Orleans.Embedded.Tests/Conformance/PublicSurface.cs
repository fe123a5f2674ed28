using System.Globalization;
using System.Reflection;

namespace Orleans.Tests.Conformance;

/// <summary>Writes an assembly's public surface in the form of the lists of the real engine's.</summary>
internal static class PublicSurface
{
    private const BindingFlags All = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    public static IEnumerable<Type> TypesOf(Assembly assembly) => assembly.GetExportedTypes();

    public static string NameOf(Type type)
    {
        if (type.IsByRef) return $"ref {NameOf(type.GetElementType()!)}";
        if (type.IsArray) return $"{NameOf(type.GetElementType()!)}[]";
        if (type.IsGenericParameter) return type.Name;
        var name = type.IsNested ? $"{NameOf(type.DeclaringType!)}+{type.Name}" : $"{type.Namespace}.{type.Name}";
        if (!type.IsGenericType) return name;
        return $"{name[..name.IndexOf('`', StringComparison.Ordinal)]}<{string.Join(',', type.GetGenericArguments().Select(NameOf))}>";
    }

    public static IEnumerable<string> BasesOf(Type type)
    {
        if (type.BaseType is { } parent && parent != typeof(object)) yield return NameOf(parent);
        foreach (var i in type.GetInterfaces()) yield return NameOf(i);
    }

    public static IEnumerable<string> MembersOf(Type type)
    {
        if (typeof(Delegate).IsAssignableFrom(type)) return [SignatureOf(type.GetMethod("Invoke")!)];
        var methods = type.GetMethods(All).Where(IsVisible).Where(m => !IsGenerated(m)).Select(SignatureOf);
        var constructors = type.GetConstructors(All).Where(IsVisible).Where(c => !c.IsStatic).Select(c => $".ctor({ParametersOf(c)})");
        var constants = type.IsEnum ? Enum.GetNames(type).Select(n => $"field {NameOf(type)} {n} = {Convert.ToInt64(Enum.Parse(type, n), CultureInfo.InvariantCulture)}") : [];
        var fields = type.IsEnum ? [] : type.GetFields(All).Where(f => f.IsPublic || f.IsFamily || f.IsFamilyOrAssembly).Select(f => $"field {NameOf(f.FieldType)} {f.Name}");
        return [.. methods, .. constructors, .. constants, .. fields];
    }

    public static string? UsageOf(Type type)
    {
        if (!typeof(Attribute).IsAssignableFrom(type) || type.GetCustomAttribute<AttributeUsageAttribute>(inherit: false) is not { } usage) return null;
        var targets = string.Join(", ", Enum.GetValues<AttributeTargets>().Where(t => t != AttributeTargets.All && usage.ValidOn.HasFlag(t)));
        return $"{targets}{(usage.AllowMultiple ? ", AllowMultiple = True" : "")}{(usage.Inherited ? "" : ", Inherited = False")}";
    }

    public static string ConstraintsOf(Type type) => string.Concat(type.GetGenericArguments().Select(ConstraintOf)).Trim();

    private static string SignatureOf(MethodInfo method)
    {
        var generic = method.IsGenericMethodDefinition ? $"<{string.Join(',', method.GetGenericArguments().Select(a => a.Name))}>" : "";
        var constraints = string.Concat(method.GetGenericArguments().Select(ConstraintOf));
        return $"{(method.IsStatic ? "static " : "")}{NameOf(method.ReturnType)} {method.Name}{generic}({ParametersOf(method)}){constraints}";
    }

    private static string ConstraintOf(Type argument)
    {
        List<string> parts = [];
        if (argument.GenericParameterAttributes.HasFlag(GenericParameterAttributes.ReferenceTypeConstraint)) parts.Add("class");
        parts.AddRange(argument.GetGenericParameterConstraints().Where(c => c != typeof(ValueType)).Select(NameOf));
        if (argument.GenericParameterAttributes.HasFlag(GenericParameterAttributes.DefaultConstructorConstraint)) parts.Add("new()");
        return parts.Count == 0 ? "" : $" where {argument.Name} : {string.Join(", ", parts)}";
    }

    private static string ParametersOf(MethodBase method) => string.Join(", ", method.GetParameters().Select(p =>
        $"{NameOf(p.ParameterType)} {p.Name}{(p.HasDefaultValue ? $" = {DefaultOf(p)}" : "")}"));

    private static string DefaultOf(ParameterInfo parameter) => parameter.DefaultValue switch
    {
        null => "null",
        Enum e => Convert.ToInt64(e, CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture),
        var other => Convert.ToString(other, CultureInfo.InvariantCulture)!,
    };

    private static bool IsVisible(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    /// <summary>What comes with overriding, and says nothing about the surface.</summary>
    private static bool IsGenerated(MethodInfo method) => method.IsVirtual && method.GetBaseDefinition().DeclaringType == typeof(object);
}
