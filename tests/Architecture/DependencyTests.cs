namespace IppanFleet.Architecture;

/// <summary>Dependencies point one way: see docs/architecture.md.</summary>
public sealed class DependencyTests
{
    private const string Engine = "Orleans.props";

    /// <summary>What each project of the product may reference. Nothing references what is not named as a target here.</summary>
    private static readonly Dictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        ["Libp2p"] = [],
        ["Ippan"] = ["Libp2p"],
        ["P2P"] = ["Libp2p", "Ippan"],
        ["Grains.Abstractions"] = [Engine],
        ["Grains"] = [Engine, "Grains.Abstractions", "Ippan"],
        ["Hosting"] = [Engine, "Grains", "P2P"],
        ["Dashboard"] = ["Hosting"],
        ["Silo"] = [Engine, "Hosting", "Dashboard"],
        ["Testing"] = [Engine, "Hosting"],
        ["Cli"] = ["Ippan"],
        ["Orleans.Embedded"] = [],
        ["Orleans.Embedded.TestingHost"] = ["Orleans.Embedded"],
    };

    /// <summary>Nobody references these: they may reference what they like.</summary>
    private static readonly string[] Leaves = ["bench"];

    public static TheoryData<string> Projects => [.. Repository.Files.Where(path => path.EndsWith(".csproj", StringComparison.Ordinal) && !path.StartsWith("tests/", StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(Projects))]
    public void Project_References_PointOneWay(string project)
    {
        var name = Path.GetFileNameWithoutExtension(project);
        if (Leaves.Contains(name)) return;
        Allowed.ShouldContainKey(name, $"{project} has no place in the order of projects yet: give it one here and in docs/architecture.md");

        Repository.ReferencesOf(project).Except(Allowed[name]).ShouldBeEmpty($"{name} may reference {string.Join(", ", Allowed[name])}");
    }

    [Fact]
    public void Product_ReferencesNoTestAndNoLeaf()
    {
        var product = Repository.Files.Where(path => path.EndsWith(".csproj", StringComparison.Ordinal) && !path.StartsWith("tests/", StringComparison.Ordinal));
        foreach (var project in product) Repository.ReferencesOf(project).Where(reference => !Allowed.ContainsKey(reference) && reference != Engine).ShouldBeEmpty(project);
    }

    [Fact]
    public void Package_DependsOnPackages()
    {
        // A package names what its project references: what is not a package itself could not be had.
        var packages = Repository.Files.Where(path => path.EndsWith(".csproj", StringComparison.Ordinal) && IsPackable(path)).ToDictionary(path => Path.GetFileNameWithoutExtension(path)!, StringComparer.Ordinal);
        packages.Keys.ShouldContain("Testing");
        string[] engine = ["Orleans.Embedded", "Orleans.Embedded.TestingHost"];
        foreach (var project in packages.Values)
        {
            var needed = Repository.ReferencesOf(project).SelectMany(reference => reference == Engine ? engine : [reference]);
            needed.Except(packages.Keys, StringComparer.Ordinal).ShouldBeEmpty(project);
        }
    }

    [Fact]
    public void Solution_HasEveryProject()
    {
        // What is not in the solution is neither built nor tested by the README's commands.
        var solution = Repository.Read("IppanFleet.sln").Replace('\\', '/');
        Repository.Files.Where(path => path.EndsWith(".csproj", StringComparison.Ordinal) && !solution.Contains($"\"{path}\"", StringComparison.Ordinal)).ShouldBeEmpty();
    }

    [Fact]
    public void Ippan_OfLibp2p_UsesTheCryptographyOnly() =>
        AssemblyTypes.UsedBy("IppanFleet.Ippan").Where(type => type.Assembly == "IppanFleet.Libp2p" && type.Namespace != "IppanFleet.Libp2p.Crypto").ShouldBeEmpty();

    [Theory]
    [InlineData("IppanFleet.Grains")]
    [InlineData("IppanFleet.Grains.Abstractions")]
    public void Grains_UseNoTypeOfTheNetworks(string assembly) =>
        AssemblyTypes.UsedBy(assembly).Where(type => type.Assembly is "IppanFleet.Libp2p" or "IppanFleet.P2P" or "IppanFleet.Hosting").ShouldBeEmpty();

    [Fact]
    public void GrainsAbstractions_UseNothingButTheEngineAndTheFramework() =>
        AssemblyTypes.UsedBy("IppanFleet.Grains.Abstractions").Select(type => type.Assembly).Distinct()
            .Where(assembly => !assembly.StartsWith("System.", StringComparison.Ordinal) && !IsEngine(assembly)).ShouldBeEmpty();

    [Theory]
    [InlineData("IppanFleet.Libp2p")]
    [InlineData("IppanFleet.Ippan")]
    [InlineData("IppanFleet.P2P")]
    public void Libraries_KnowNeitherGrainsNorAspNet(string assembly) =>
        AssemblyTypes.UsedBy(assembly).Select(type => type.Assembly).Distinct()
            .Where(other => IsEngine(other) || other.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal) || other.StartsWith("IppanFleet.Grains", StringComparison.Ordinal)).ShouldBeEmpty();

    [Fact]
    public void Libp2p_SwarmAndProtocols_KnowNoConcreteTransportSecurityOrMuxer()
    {
        // Libp2pHost alone puts them together.
        string[] concrete = ["Transports.Tcp", "Transports.Memory", "Security.Noise", "Muxers.Yamux"];
        var knowing = Repository.Files
            .Where(path => path.StartsWith("Libp2p/Swarm/", StringComparison.Ordinal) || path.StartsWith("Libp2p/Protocols/", StringComparison.Ordinal))
            .Where(path => concrete.Any(name => Repository.Read(path).Contains($"using IppanFleet.Libp2p.{name}", StringComparison.Ordinal)));

        knowing.ShouldBeEmpty();
    }

    private static bool IsPackable(string project) => Repository.Read(project).Contains("<IsPackable>true</IsPackable>", StringComparison.Ordinal);

    private static bool IsEngine(string assembly) => assembly.StartsWith("Orleans", StringComparison.Ordinal) || assembly.StartsWith("Microsoft.Orleans", StringComparison.Ordinal);
}
