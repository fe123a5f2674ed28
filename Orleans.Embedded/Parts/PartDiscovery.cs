using System.Reflection;

namespace Orleans.Runtime;

/// <summary>
/// Finds the assemblies that were built with the marker. The walk begins at the entry assembly, and at those whose code configures silos, since the entry may be a test runner's;
/// it follows references and the names that markers give, so what is found does not depend on what happens to be loaded.
/// </summary>
internal static class PartDiscovery
{
    private static readonly Lock Gate = new();
    private static readonly HashSet<Assembly> Beginnings = [.. new[] { typeof(PartDiscovery).Assembly, Assembly.GetEntryAssembly() }.OfType<Assembly>()];
    private static GrainParts? _found;

    /// <summary>The grains of this process. A fault in one of them is thrown here, to each silo that starts.</summary>
    public static GrainParts OfProcess
    {
        get
        {
            lock (Gate) return _found ??= GrainParts.Of(MarkedAssemblies().SelectMany(TypesOf));
        }
    }

    /// <summary>The walk begins at the assembly of this delegate, too.</summary>
    public static void BeginAt(Delegate configure)
    {
        lock (Gate)
        {
            if (Beginnings.Add(configure.Method.Module.Assembly)) _found = null;
        }
    }

    public static IEnumerable<Assembly> MarkedAssemblies()
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        Queue<Assembly> open;
        lock (Gate) open = new Queue<Assembly>(Beginnings);
        while (open.TryDequeue(out var assembly))
        {
            if (!seen.Add(assembly.FullName!)) continue;
            var parts = assembly.GetCustomAttributes<ApplicationPartAttribute>().Select(part => part.AssemblyName).ToList();
            if (parts.Contains(assembly.GetName().Name!, StringComparer.Ordinal)) yield return assembly;
            // The compiler drops references whose types are not named; the marker keeps them.
            var next = assembly.GetReferencedAssemblies().Where(IsOurs).Concat(parts.Select(part => new AssemblyName(part)));
            foreach (var name in next)
            {
                if (Load(name) is { } found) open.Enqueue(found);
            }
        }
    }

    /// <summary>All but what is private within another type: no other assembly could name it.</summary>
    public static IEnumerable<Type> TypesOf(Assembly assembly) => assembly.GetTypes().Where(type => !IsHidden(type));

    private static bool IsHidden(Type type) => type.IsNestedPrivate || (type.DeclaringType is { } outer && IsHidden(outer));

    // The framework and most packages are signed by others: there is nothing to find in them, so they are not even loaded.
    private static bool IsOurs(AssemblyName name) =>
        (name.GetPublicKeyToken() ?? []).SequenceEqual(typeof(PartDiscovery).Assembly.GetName().GetPublicKeyToken() ?? []);

    private static Assembly? Load(AssemblyName name)
    {
        try
        {
            return Assembly.Load(name);
        }
        catch (FileNotFoundException)
        {
            // A reference that was needed to compile only: a process without its file runs no grain of it.
            return null;
        }
    }
}
