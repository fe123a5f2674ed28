using System.Text.RegularExpressions;

namespace IppanFleet.P2P.Tests;

/// <summary>The README shows code that is compiled and run.</summary>
public sealed partial class ReadmeTests
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

    [Fact]
    public void Readme_CodeInCSharp_IsTheSamplesThatRun()
    {
        var shown = Shown().Matches(Read("README.md")).ToDictionary(m => m.Groups["name"].Value, m => Normalise(m.Groups["code"].Value), StringComparer.Ordinal);
        var run = Run().Matches(Read("tests/P2P.Tests/ReadmeSamples.cs")).ToDictionary(m => m.Groups["name"].Value, m => Normalise(m.Groups["code"].Value), StringComparer.Ordinal);

        shown.Keys.ShouldBe(run.Keys, ignoreOrder: true);
        foreach (var (name, code) in shown) code.ShouldBe(run[name]);
    }

    [Fact]
    public void Readme_EveryCSharpBlock_HasAName() =>
        Shown().Count(Read("README.md")).ShouldBe(CSharpBlock().Count(Read("README.md")));

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
