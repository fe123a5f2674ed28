using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Reflection;
using Orleans.Concurrency;

namespace Orleans.Runtime;

/// <summary>What the engine knows of a grain interface; one per interface and process.</summary>
internal sealed class GrainInterface
{
    private static readonly ConcurrentDictionary<Type, GrainInterface> Known = new();
    private readonly FrozenDictionary<MethodInfo, GrainMethod> _methods;

    private GrainInterface(Type type)
    {
        Type = type;
        _methods = MethodsOf(type).ToFrozenDictionary(method => method, method => new GrainMethod(method));
    }

    public Type Type { get; }

    public static GrainInterface Of(Type type) => Known.GetOrAdd(type, static t => new GrainInterface(t));

    /// <summary>Those of the interface and of the interfaces that it extends.</summary>
    public static IEnumerable<MethodInfo> MethodsOf(Type type) =>
        type.GetInterfaces().Append(type).SelectMany(t => t.GetMethods()).Where(method => method.IsAbstract && !method.IsStatic);

    public GrainMethod Find(MethodInfo method) => _methods[method];
}

/// <summary>A method of a grain interface: how it is called, what is copied, what it may run beside.</summary>
internal sealed class GrainMethod
{
    private readonly bool[] _copied;

    public GrainMethod(MethodInfo method)
    {
        Method = method;
        Shape = ReturnShape.Of(method.ReturnType);
        IsReadOnly = method.IsDefined(typeof(ReadOnlyAttribute));
        IsOneWay = method.IsDefined(typeof(OneWayAttribute));
        AlwaysInterleaves = method.IsDefined(typeof(AlwaysInterleaveAttribute));
        CopiesResult = !method.ReturnParameter.IsDefined(typeof(ImmutableAttribute)) && Shape.ResultType is { } result && !Copier.IsImmutable(result);
        _copied = [.. method.GetParameters().Select(p => !p.IsDefined(typeof(ImmutableAttribute)) && !Copier.IsImmutable(p.ParameterType))];
    }

    public MethodInfo Method { get; }

    public ReturnShape Shape { get; }

    public bool IsReadOnly { get; }

    public bool IsOneWay { get; }

    public bool AlwaysInterleaves { get; }

    public bool CopiesResult { get; }

    public object?[] CopyArguments(object?[] arguments)
    {
        CopyContext? context = null;
        for (var i = 0; i < arguments.Length; i++)
        {
            if (_copied[i]) arguments[i] = Copier.Copy(arguments[i], context ??= new CopyContext());
        }
        return arguments;
    }

    public ValueTask<object?> InvokeAsync(object grain, object?[] arguments) =>
        Shape.Collect(Method.Invoke(grain, BindingFlags.DoNotWrapExceptions, binder: null, arguments, culture: null)!);
}
