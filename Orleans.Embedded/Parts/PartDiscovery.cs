using System.Reflection;

namespace Orleans.Runtime;

/// <summary>
/// Finds the assemblies that were built with the marker. The walk begins at the entry assembly and follows references and
/// the names that markers give, so what is found does not depend on what happens to be loaded.
/// </summary>
internal static class PartDiscovery
{
    private static readonly Lazy<GrainParts> Found = new(() => GrainParts.Of(MarkedAssemblies().SelectMany(TypesOf)));

    /// <summary>The grains of this process. A fault in one of them is thrown here, to each silo that starts.</summary>
    public static GrainParts OfProcess => Found.Value;

    public static IEnumerable<Assembly> MarkedAssemblies()
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var open = new Queue<Assembly>([typeof(PartDiscovery).Assembly]);
        if (Assembly.GetEntryAssembly() is { } entry) open.Enqueue(entry);
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
