using System.Text.RegularExpressions;

namespace IppanFleet.Samples;

/// <summary>The code that a document shows, and the code that runs: a document's C# stands below a named mark, what runs stands between two marks of that name.</summary>
internal static partial class SampleCode
{
    private static string Root
    {
        get
        {
            var folder = new DirectoryInfo(AppContext.BaseDirectory);
            while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "IppanFleet.sln"))) folder = folder.Parent;
            return folder?.FullName ?? throw new DirectoryNotFoundException("The tests do not run below the repository.");
        }
    }

    /// <summary>Every C# block of the document has a name and is what runs under it, and all that runs is shown.</summary>
    internal static void ShouldBeWhatRuns(string document, params string[] sources)
    {
        var shown = Blocks(Shown(), document);
        var run = sources.SelectMany(source => Blocks(Run(), source)).ToDictionary(StringComparer.Ordinal);
        shown.Keys.ShouldBe(run.Keys, ignoreOrder: true);
        foreach (var (name, code) in shown) code.ShouldBe(run[name]);
        shown.Count.ShouldBe(CSharpBlock().Count(Read(document)), $"C# without a name in {document}");
    }

    private static Dictionary<string, string> Blocks(Regex pattern, string path) =>
        pattern.Matches(Read(path)).ToDictionary(block => block.Groups["name"].Value, block => Normalise(block.Groups["code"].Value), StringComparer.Ordinal);

    private static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    private static string Normalise(string code) => string.Join('\n', code.Split('\n').Select(line => Spaces().Replace(line, " ").Trim()).Where(line => line.Length > 0));

    [GeneratedRegex(@"<!-- sample: (?<name>\w+) -->\n+```csharp\n(?<code>.*?)\n```", RegexOptions.Singleline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Shown();

    [GeneratedRegex(@"^[ ]*// sample: (?<name>\w+)\n(?<code>.*?)\n[ ]*// end$", RegexOptions.Singleline | RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Run();

    [GeneratedRegex("^```(csharp|cs|c#)", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex CSharpBlock();

    [GeneratedRegex(@"\s+", RegexOptions.None, 1000)]
    private static partial Regex Spaces();
}
