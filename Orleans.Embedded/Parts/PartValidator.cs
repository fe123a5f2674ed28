using System.Reflection;
using Orleans.Streams;

namespace Orleans.Runtime;

/// <summary>
/// Says at start-up what the real engine's analyzers and code generator would refuse, so that source which runs here runs
/// there. Each fault names the type and the member.
/// </summary>
internal sealed class PartValidator
{
    private readonly List<string> _faults = [];
    private readonly HashSet<Type> _checked = [];

    private PartValidator()
    {
    }

    public static IReadOnlyList<string> FaultsOf(IReadOnlyList<Type> types)
    {
        var validator = new PartValidator();
        foreach (var type in types) validator.Check(type);
        validator.CheckUnique(types.Where(GrainParts.IsGrainClass).Select(type => (type, GrainClass.NameOf(type).ToString())), "grain type");
        validator.CheckUnique(types.SelectMany(type => type.GetCustomAttributes<AliasAttribute>(inherit: false).Select(alias => (type, alias.Alias))), "alias");
        return validator._faults;
    }

    private void Check(Type type)
    {
        if (type.IsInterface && (typeof(IGrain).IsAssignableFrom(type) || typeof(IGrainObserver).IsAssignableFrom(type)) && type.Namespace != "Orleans") CheckInterface(type);
        if (type.IsDefined(typeof(GenerateSerializerAttribute), inherit: false)) CheckCrossing(type, $"{type}");
        if (GrainParts.IsGrainClass(type)) CheckClass(type);
    }

    private void CheckInterface(Type type)
    {
        foreach (var property in type.GetProperties()) _faults.Add($"{type}.{property.Name}: a grain interface has no properties.");
        foreach (var e in type.GetEvents()) _faults.Add($"{type}.{e.Name}: a grain interface has no events.");
        var methods = type.GetMethods().Where(method => method is { IsAbstract: true, IsSpecialName: false }).ToList();
        foreach (var method in methods)
        {
            var name = $"{type}.{method.Name}";
            if (!ReturnShape.Allows(method.ReturnType))
            {
                _faults.Add($"{name} returns {method.ReturnType}: a grain method returns Task, Task<T>, ValueTask or ValueTask<T>.");
                continue;
            }
            if (method.IsGenericMethod) _faults.Add($"{name} is generic: the embedded engine does not call such methods.");
            if (method.ReturnType.IsGenericType) CheckCrossing(method.ReturnType.GetGenericArguments()[0], $"{name}, result");
            foreach (var parameter in method.GetParameters())
            {
                if (parameter.ParameterType.IsByRef) _faults.Add($"{name}, parameter {parameter.Name}: ref and out do not cross.");
                else CheckCrossing(parameter.ParameterType, $"{name}, parameter {parameter.Name}");
            }
        }
        CheckUnique(methods.SelectMany(m => m.GetCustomAttributes<AliasAttribute>().Select(alias => (m, alias.Alias))), $"alias in {type}");
    }

    private void CheckClass(Type type)
    {
        if (type.ContainsGenericParameters) _faults.Add($"{type} is generic: the embedded engine makes no such grains.");
        var constructors = type.GetConstructors();
        if (constructors.Length == 0) _faults.Add($"{type} has no public constructor.");
        else
        {
            foreach (var parameter in GrainClass.ConstructorOf(type).GetParameters().Where(p => p.IsDefined(typeof(PersistentStateAttribute))))
            {
                var declared = parameter.ParameterType;
                if (declared.IsGenericType && declared.GetGenericTypeDefinition() == typeof(IPersistentState<>))
                    CheckState(declared.GetGenericArguments()[0], $"{type}, state {parameter.Name}");
                else
                    _faults.Add($"{type}, parameter {parameter.Name}: [PersistentState] belongs on IPersistentState<T>.");
            }
        }
        foreach (var observed in type.GetInterfaces().Where(i => i.IsGenericType))
        {
            var open = observed.GetGenericTypeDefinition();
            if (open == typeof(IAsyncObserver<>) || open == typeof(IAsyncBatchObserver<>))
                CheckCrossing(observed.GetGenericArguments()[0], $"{type}, items of {open.Name}");
        }
    }

    private void CheckState(Type type, string where)
    {
        CheckCrossing(type, where);
        if (type.IsClass && type.GetConstructor(Type.EmptyTypes) is null) _faults.Add($"{where}: {type} has no parameterless constructor.");
    }

    private void CheckCrossing(Type type, string where)
    {
        if (type.IsGenericParameter || type == typeof(object) || !_checked.Add(type)) return;
        if (Copier.IsCollection(type))
        {
            var elements = type.IsArray ? [type.GetElementType()!] : type.GetGenericArguments();
            foreach (var element in elements) CheckCrossing(element, where);
            // The same collection of a faulty type shall be named wherever it crosses.
            _checked.Remove(type);
            return;
        }
        if (type.IsDefined(typeof(GenerateSerializerAttribute), inherit: false))
        {
            CheckMembers(type);
            return;
        }
        if (type.IsInterface && typeof(IAddressable).IsAssignableFrom(type)) return;
        var isKnown = Copier.IsImmutable(type) && !type.IsDefined(typeof(ImmutableAttribute), inherit: false);
        if (isKnown) return;
        _checked.Remove(type);
        _faults.Add(type is { IsInterface: true, IsGenericType: true } && typeof(System.Collections.IEnumerable).IsAssignableFrom(type)
            ? $"{where}: {type} is an interface of a collection, and what stands behind it may have no codec; use an array, a List, a Dictionary or an ImmutableArray."
            : $"{where}: {type} has no [GenerateSerializer].");
    }

    private void CheckMembers(Type type)
    {
        if (type.IsEnum) return;
        var byId = new Dictionary<uint, MemberInfo>();
        foreach (var (member, id) in MemberCopies.MembersOf(type))
        {
            if (id is { } number && !byId.TryAdd(number, member)) _faults.Add($"{type}.{member.Name}: [Id({number})] is that of {byId[number].Name}.");
            CheckCrossing(member is FieldInfo field ? field.FieldType : ((PropertyInfo)member).PropertyType, $"{type}.{member.Name}");
        }
        if (type.BaseType is { } parent && parent != typeof(object) && parent != typeof(ValueType)
            && !typeof(Exception).IsAssignableFrom(type) && !parent.IsDefined(typeof(GenerateSerializerAttribute), inherit: false)
            && MemberCopies.MembersOf(parent).Any())
        {
            _faults.Add($"{type}: its base {parent} has numbered members but no [GenerateSerializer].");
        }
    }

    private void CheckUnique<T>(IEnumerable<(T Owner, string Name)> names, string what)
    {
        foreach (var same in names.GroupBy(n => n.Name, StringComparer.Ordinal).Where(same => same.Count() > 1))
            _faults.Add($"The {what} '{same.Key}' is given to {string.Join(" and ", same.Select(n => n.Owner))}.");
    }
}
