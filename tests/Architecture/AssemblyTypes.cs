using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace IppanFleet.Architecture;

/// <summary>What an assembly of the product names in its metadata; the assembly is read, not loaded.</summary>
internal static class AssemblyTypes
{
    /// <summary>The types of other assemblies that it uses: assembly, namespace and name.</summary>
    internal static IReadOnlyList<(string Assembly, string Namespace, string Name)> UsedBy(string assembly)
    {
        using var file = new PEReader(File.OpenRead(PathOf(assembly)));
        var metadata = file.GetMetadataReader();
        var used = new List<(string, string, string)>();
        foreach (var handle in metadata.TypeReferences)
        {
            var type = metadata.GetTypeReference(handle);
            if (type.ResolutionScope.Kind != HandleKind.AssemblyReference) continue;
            var from = metadata.GetAssemblyReference((AssemblyReferenceHandle)type.ResolutionScope);
            used.Add((metadata.GetString(from.Name), metadata.GetString(type.Namespace), metadata.GetString(type.Name)));
        }

        return used;
    }

    /// <summary>The public types, nested ones too, by the names that the documentation file has for them.</summary>
    internal static IReadOnlyList<string> PublicIn(string assembly)
    {
        using var file = new PEReader(File.OpenRead(PathOf(assembly)));
        var metadata = file.GetMetadataReader();
        return [.. metadata.TypeDefinitions.Select(metadata.GetTypeDefinition).Where(type => IsPublic(metadata, type)).Select(type => NameOf(metadata, type)).Where(name => !name.Contains('<'))];
    }

    internal static string PathOf(string assembly) => Path.Combine(AppContext.BaseDirectory, assembly + ".dll");

    private static bool IsPublic(MetadataReader metadata, TypeDefinition type) => (type.Attributes & System.Reflection.TypeAttributes.VisibilityMask) switch
    {
        System.Reflection.TypeAttributes.Public => true,
        System.Reflection.TypeAttributes.NestedPublic => IsPublic(metadata, metadata.GetTypeDefinition(type.GetDeclaringType())),
        _ => false,
    };

    private static string NameOf(MetadataReader metadata, TypeDefinition type)
    {
        var name = metadata.GetString(type.Name);
        if (type.IsNested) return $"{NameOf(metadata, metadata.GetTypeDefinition(type.GetDeclaringType()))}.{name}";
        return $"{metadata.GetString(type.Namespace)}.{name}";
    }
}
