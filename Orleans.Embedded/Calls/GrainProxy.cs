using System.Reflection;

namespace Orleans.Runtime;

/// <summary>What a grain reference is: the generated class that implements the interface derives from this one.</summary>
#pragma warning disable MA0053 // The generated classes derive from it
internal class GrainProxy : DispatchProxy
{
    public GrainRuntime Runtime { get; private set; } = null!;

    public GrainId Target { get; private set; }

    private GrainInterface Interface { get; set; } = null!;

    public static object Create(GrainRuntime runtime, GrainInterface grainInterface, GrainId target)
    {
        var proxy = (GrainProxy)Create(grainInterface.Type, typeof(GrainProxy));
        (proxy.Runtime, proxy.Interface, proxy.Target) = (runtime, grainInterface, target);
        return proxy;
    }

    public override bool Equals(object? obj) => obj is GrainProxy other && other.Target == Target && other.Interface.Type == Interface.Type;

    public override int GetHashCode() => Target.GetHashCode();

    public override string ToString() => $"GrainReference:{Target}:{Interface.Type.Name}";

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        var method = Interface.Find(targetMethod!);
        // A reference may have been handed from silo to silo: the call starts where the caller runs.
        var caller = TurnScheduler.CurrentActivation;
        var runtime = caller is not null && caller.Silo.Cluster == Runtime.Cluster ? caller.Silo.Runtime : Runtime;
        var call = new MethodCall(method, Target, runtime, method.CopyArguments(args ?? []));
        return method.Shape.Wrap(runtime.SendAsync(call));
    }
}
