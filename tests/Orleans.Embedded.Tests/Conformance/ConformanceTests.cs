using System.Reflection;
using Orleans.TestingHost;

namespace Orleans.Tests.Conformance;

public sealed class ConformanceTests
{
    public static TheoryData<string> Assemblies => [typeof(Grain).Assembly.GetName().Name!, typeof(InProcessTestCluster).Assembly.GetName().Name!];

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void PublicSurface_OfTheEmbeddedEngine_IsASubsetOfTheRealOne(string assembly)
    {
        StrangeIn(Assembly.Load(assembly)).ShouldBeEmpty();
    }

    [Fact]
    public void PublicSurface_OfSomethingElse_IsNoSubset() => StrangeIn(typeof(ConformanceTests).Assembly).ShouldNotBeEmpty();

    private static List<string> StrangeIn(Assembly assembly)
    {
        var real = RealEngineLists.LoadOrSkip();
        List<string> strange = [];
        foreach (var type in PublicSurface.TypesOf(assembly))
        {
            var name = PublicSurface.NameOf(type);
            if (!real.Has(name))
            {
                strange.Add($"type {name}");
                continue;
            }
            strange.AddRange(PublicSurface.BasesOf(type).Where(parent => !real.HasBase(name, parent)).Select(parent => $"{name} : {parent}"));
            strange.AddRange(PublicSurface.MembersOf(type).Where(member => !real.HasMember(name, member))
                .Select(member => $"{name} :: {member}{string.Concat(real.Alike(name, member).Select(other => $"\n      real: {other}"))}"));
            if (PublicSurface.UsageOf(type) is { } usage && real.UsageOf(name) is { } wanted && Normal(wanted) != usage)
                strange.Add($"{name} targets {usage}, real: {wanted}");
            if (PublicSurface.ConstraintsOf(type) != (real.ConstraintOf(name) ?? "")) strange.Add($"{name} {PublicSurface.ConstraintsOf(type)}, real: {real.ConstraintOf(name)}");
        }
        return strange;
    }

    /// <summary>Leaves out what says no more than the default does.</summary>
    private static string Normal(string usage) => string.Join(", ", usage.Split(", ").Where(part => part is not ("AllowMultiple = False" or "Inherited = True")));
}
