using System.Text.RegularExpressions;

namespace IppanFleet.Architecture;

/// <summary>What is written in the repository holds on every machine, and leads somewhere.</summary>
public sealed partial class TextTests
{
    private static readonly string[] Binary = [".png", ".jpg", ".ico", ".woff2", ".gz", ".bin"];

    /// <summary>Hosts of package registries: which one is used is the machine's affair. Put together here, so that this file does not name them.</summary>
    private static readonly string[] Registries = ["registry.npmjs" + ".org", "registry.yarnpkg" + ".com", "api.nuget" + ".org", "nuget.org" + "/v3", "pypi" + ".org", "files.pythonhosted" + ".org", "proxy.golang" + ".org"];

    public static TheoryData<string> Documents => [.. Repository.Files.Where(path => path.EndsWith(".md", StringComparison.Ordinal))];

    private static IEnumerable<string> Texts => Repository.Files.Where(path => !Binary.Contains(Path.GetExtension(path)));

    [Fact]
    public void Files_NameNoPackageRegistry() =>
        Texts.Where(path => Registries.Any(host => Repository.Read(path).Contains(host, StringComparison.OrdinalIgnoreCase))).ShouldBeEmpty();

    [Fact]
    public void Files_NameNoFolderOfSomebodysMachine() =>
        Texts.SelectMany(path => HomeFolder().Matches(Repository.Read(path)).Select(match => $"{path}: {match.Value}")).ShouldBeEmpty();

    [Fact]
    public void LockFile_HasNoResolvedAddresses()
    {
        var locks = Repository.Files.Where(path => path.EndsWith("package-lock.json", StringComparison.Ordinal));
        foreach (var path in locks) Repository.Read(path).Contains("\"resolved\"", StringComparison.Ordinal).ShouldBeFalse(path);
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public void Document_RelativeLinks_LeadSomewhere(string path)
    {
        var folder = Path.GetDirectoryName(path)!;
        var broken = new List<string>();
        foreach (Match link in Link().Matches(WithoutCode(Repository.Read(path))))
        {
            var target = link.Groups["target"].Value;
            if (target.Contains("://", StringComparison.Ordinal) || target.StartsWith("mailto:", StringComparison.Ordinal)) continue;
            var parts = target.Split('#', 2);
            var file = parts[0].Length == 0 ? path : Path.GetRelativePath(Repository.Root, Path.GetFullPath(Path.Combine(Repository.Root, folder, parts[0]))).Replace('\\', '/');
            if (!Path.Exists(Path.Combine(Repository.Root, file))) broken.Add(target);
            else if (parts.Length == 2 && file.EndsWith(".md", StringComparison.Ordinal) && !Anchors(file).Contains(parts[1])) broken.Add(target);
        }

        broken.ShouldBeEmpty(path);
    }

    private static HashSet<string> Anchors(string document) =>
        [.. Heading().Matches(WithoutCode(Repository.Read(document))).Select(heading => NotInAnchors().Replace(heading.Groups["text"].Value.ToLowerInvariant(), "").Replace(' ', '-'))];

    private static string WithoutCode(string text) => Fence().Replace(text, "");

    [GeneratedRegex(@"(?<![\w./~-])/(work|root|home/[a-z]\w*|Users/\w+)/", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex HomeFolder();

    [GeneratedRegex(@"(?<!!)\[[^\]\[]*\]\((?<target>[^)\s]+)\)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Link();

    [GeneratedRegex(@"^#+ (?<text>.+?)\s*$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\w\- ]", RegexOptions.None, 1000)]
    private static partial Regex NotInAnchors();

    [GeneratedRegex("^```.*?^```", RegexOptions.Multiline | RegexOptions.Singleline, 1000)]
    private static partial Regex Fence();
}
