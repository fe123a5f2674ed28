using System.Reflection;
using System.Text.RegularExpressions;

namespace IppanFleet.Libp2p.Tests.Attacks;

/// <summary>The table in docs/security.md tells the truth: each attack has tests that exist, run and carry the trait, against the defence and with it off.</summary>
[Trait("area", "libp2p")]
[Trait("area", "attack")]
public sealed partial class SecurityTableTests
{
    private const int Columns = 5;

    public static TheoryData<string, string, string> Rows
    {
        get
        {
            var rows = new TheoryData<string, string, string>();
            foreach (var line in File.ReadLines(FindTable()))
            {
                var cells = line.Trim('|').Split('|');
                if (cells.Length == Columns && !cells[0].StartsWith("---", StringComparison.Ordinal) && cells[0].Trim() != "attack") rows.Add(cells[0].Trim(), cells[3], cells[4]);
            }
            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void Attack_HasItsTests_WithTheDefenceOnAndOff(string attack, string tests, string withoutDefence)
    {
        foreach (var cell in new[] { tests, withoutDefence })
        {
            var names = Name().Matches(cell).Select(match => (Type: match.Groups["type"].Value, Method: match.Groups["method"].Value)).ToList();
            names.ShouldNotBeEmpty(attack);
            foreach (var (type, method) in names) Fault(type, method).ShouldBeNull($"{attack}: {type}.{method}");
        }
    }

    [Fact]
    public void Table_HasEveryAttackWhoseLayerExists()
    {
        var attacks = string.Join(' ', Rows.Select(row => row.Data.Item1));
        string[] known =
        [
            "CVE-2026-33040", "CVE-2026-34219", "CVE-2026-46679", "rust-libp2p 6486", "CVE-2026-31814", "CVE-2026-32314", "rust-yamux 0.13.2", "rapid reset", "CVE-2022-23486", "CVE-2022-23492",
            "CVE-2023-40583", "go-libp2p 3486", "RUSTSEC-2022-0009", "RUSTSEC-2019-0004", "dotnet-libp2p 192", "CVE-2023-39533", "RUSTSEC-2024-0011", "RUSTSEC-2020-0068", "GHSA-xqvc-92cf-94j4",
            "handshake flood", "slow loris", "pubsub 524", "pubsub 120", "jvm-libp2p 472",
        ];
        known.Where(attack => !attacks.Contains(attack, StringComparison.Ordinal)).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("NoSuchTests", "Anything", "no such class")]
    [InlineData("SecurityTableTests", "NoSuchTest", "no such method")]
    [InlineData("SecurityTableTests", "Fault", "no test")]
    [InlineData("VarintTests", "ReadAndWrite_Vectors_Agree", "no trait 'attack'")]
    public void Fault_OfAWrongName_IsTold(string type, string method, string fault) => Fault(type, method).ShouldBe(fault);

    private static string? Fault(string type, string method)
    {
        if (typeof(SecurityTableTests).Assembly.GetTypes().FirstOrDefault(t => t.Name == type) is not { } found) return "no such class";
        if (found.GetMethods(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static).FirstOrDefault(m => m.Name == method) is not { } test) return "no such method";
        if (test.GetCustomAttribute<FactAttribute>() is not { Skip: null }) return "no test";
        var traits = found.GetCustomAttributes<TraitAttribute>().Concat(test.GetCustomAttributes<TraitAttribute>());
        return traits.Any(trait => trait.Value == "attack") ? null : "no trait 'attack'";
    }

    private static string FindTable()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "IppanFleet.sln"))) folder = folder.Parent;
        return Path.Combine(folder?.FullName ?? throw new DirectoryNotFoundException("The tests do not run below the repository."), "docs", "security.md");
    }

    [GeneratedRegex("`(?<type>\\w+)\\.(?<method>\\w+)`", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Name();
}
