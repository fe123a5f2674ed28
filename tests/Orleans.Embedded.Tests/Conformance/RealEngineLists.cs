namespace Orleans.Tests.Conformance;

/// <summary>The lists of the real engine's public surface, which lie beside the checkout where they are to be had.</summary>
internal sealed class RealEngineLists
{
    private readonly ILookup<string, string> _members;
    private readonly Dictionary<string, HashSet<string>> _bases = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _usages = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _constraints = new(StringComparer.Ordinal);

    private RealEngineLists(IReadOnlyList<string> lines)
    {
        _members = lines.Where(line => line.StartsWith("M ", StringComparison.Ordinal)).Select(line => line[2..].Split(" :: ", 2))
            .ToLookup(parts => parts[0], parts => parts[1].Replace(" [Obsolete]", "", StringComparison.Ordinal), StringComparer.Ordinal);
        foreach (var line in lines)
        {
            if (line.StartsWith("T ", StringComparison.Ordinal) && line[2..].Split(" : ", 2) is [var type, var bases]) _bases[type] = new HashSet<string>(SplitBases(bases), StringComparer.Ordinal);
            if (line.StartsWith("A ", StringComparison.Ordinal) && line[2..].Split(" :: targets ", 2) is [var attribute, var usage]) _usages[attribute] = usage;
            if (line.StartsWith("C ", StringComparison.Ordinal) && line[2..].Split(" :: ", 2) is [var generic, var constraint]) _constraints[generic] = constraint;
        }
    }

    public static RealEngineLists LoadOrSkip()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var lists = Path.Combine(folder.FullName, "shared", "orleans-api");
            if (Directory.Exists(lists)) return new RealEngineLists([.. Directory.GetFiles(lists, "*.txt").SelectMany(File.ReadLines)]);
        }
        Assert.Skip("The lists of the real engine's API (shared/orleans-api) are not beside this checkout.");
        throw new InvalidOperationException("Skipped.");
    }

    public bool Has(string type) => _bases.ContainsKey(type);

    public bool HasBase(string type, string parent) => _bases[type].Contains(parent);

    public bool HasMember(string type, string member) => _members[type].Contains(member, StringComparer.Ordinal);

    public IEnumerable<string> Alike(string type, string member) =>
        _members[type].Where(other => NameIn(other) == NameIn(member));

    public string? UsageOf(string attribute) => _usages.GetValueOrDefault(attribute);

    public string? ConstraintOf(string type) => _constraints.GetValueOrDefault(type);

    private static string NameIn(string member) => member[..member.IndexOfAny(['(', '<', '='])].Split(' ')[^1];

    /// <summary>At commas, but not at those within angle brackets.</summary>
    private static IEnumerable<string> SplitBases(string bases)
    {
        var (depth, start) = (0, 0);
        for (var i = 0; i < bases.Length; i++)
        {
            if (bases[i] == '<') depth++;
            if (bases[i] == '>') depth--;
            if (bases[i] != ',' || depth > 0) continue;
            yield return bases[start..i].Trim();
            start = i + 1;
        }
        yield return bases[start..].Trim();
    }
}
