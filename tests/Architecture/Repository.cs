using System.Xml.Linq;

namespace IppanFleet.Architecture;

/// <summary>The files of the repository, without what is built or installed.</summary>
internal static class Repository
{
    private static readonly string[] PassedOver = [".git", ".vs", ".idea", "bin", "obj", "node_modules", "TestResults"];

    /// <summary>The folder of the solution.</summary>
    internal static string Root { get; } = FindRoot();

    /// <summary>All files, by their paths from the root, with '/'.</summary>
    internal static IReadOnlyList<string> Files { get; } = [.. Walk(new DirectoryInfo(Root)).Select(file => Path.GetRelativePath(Root, file.FullName).Replace('\\', '/')).Order(StringComparer.Ordinal)];

    /// <summary>The text of a file.</summary>
    internal static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    /// <summary>The projects that a project references, by name; <c>Orleans.props</c> where it imports the engine.</summary>
    internal static string[] ReferencesOf(string project)
    {
        var xml = XDocument.Parse(Read(project)).Root!;
        return
        [
            .. xml.Descendants("ProjectReference").Select(reference => Path.GetFileNameWithoutExtension((string)reference.Attribute("Include")!)),
            .. xml.Descendants("Import").Select(import => Path.GetFileName((string)import.Attribute("Project")!)),
        ];
    }

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "IppanFleet.sln"))) folder = folder.Parent;
        return folder?.FullName ?? throw new DirectoryNotFoundException("The tests do not run below the repository.");
    }

    private static IEnumerable<FileInfo> Walk(DirectoryInfo folder) =>
        folder.EnumerateFiles().Where(file => file.Name != ".git").Concat(folder.EnumerateDirectories().Where(inner => !PassedOver.Contains(inner.Name) && inner.LinkTarget is null).SelectMany(Walk));
}
