using Orleans.Runtime;
using Orleans.TestingHost;
using Microsoft.Extensions.DependencyInjection;

namespace Orleans.Tests.Parts;

public sealed class StartupRejectionTests
{
    [Fact]
    public void InterfaceProperty_IsRejected() => FaultsOf(typeof(IWithProperty)).ShouldHaveSingleItem().ShouldContain("IWithProperty.Name");

    [Fact]
    public void MethodThatReturnsNoTask_IsRejected() => FaultsOf(typeof(IWithValue)).ShouldHaveSingleItem().ShouldContain("IWithValue.Get returns System.Int32");

    [Fact]
    public void UnmarkedParameter_IsRejected() => FaultsOf(typeof(IWithUnmarked)).ShouldHaveSingleItem().ShouldContain("IWithUnmarked.Put, parameter item");

    [Fact]
    public void UnmarkedElementOfResult_IsRejected() => FaultsOf(typeof(IWithUnmarkedElements)).ShouldHaveSingleItem().ShouldContain("IWithUnmarkedElements.All, result");

    [Fact]
    public void InterfaceOfCollection_IsRejected() => FaultsOf(typeof(IWithSequence)).ShouldHaveSingleItem().ShouldContain("interface of a collection");

    [Fact]
    public void CollectionThatIsNotOffered_IsRejected() => FaultsOf(typeof(IWithQueue)).ShouldHaveSingleItem().ShouldContain("IWithQueue.Put, parameter items");

    [Fact]
    public void OutParameter_IsRejected() => FaultsOf(typeof(IWithOut)).ShouldHaveSingleItem().ShouldContain("IWithOut.Try, parameter result");

    [Fact]
    public void ClashingIds_AreRejected() => FaultsOf(typeof(TwoOfOneId)).ShouldHaveSingleItem().ShouldContain("TwoOfOneId.B: [Id(0)] is that of A");

    [Fact]
    public void UnmarkedMember_IsRejected() => FaultsOf(typeof(WithUnmarkedMember)).ShouldHaveSingleItem().ShouldContain("WithUnmarkedMember.Item");

    [Fact]
    public void ClashingTypeAliases_AreRejected() => FaultsOf(typeof(AliasOne), typeof(AliasTwo)).ShouldHaveSingleItem().ShouldContain("'tests.same'");

    [Fact]
    public void ClashingMethodAliases_AreRejected() => FaultsOf(typeof(IWithSameAliases)).ShouldHaveSingleItem().ShouldContain("'x'");

    [Fact]
    public void ClashingGrainTypes_AreRejected() => FaultsOf(typeof(OneGrain), typeof(TwoGrain)).ShouldHaveSingleItem().ShouldContain("'tests-same'");

    [Fact]
    public void UnmarkedState_IsRejected() => FaultsOf(typeof(GrainWithUnmarkedState)).ShouldHaveSingleItem().ShouldContain("GrainWithUnmarkedState, state state");

    [Fact]
    public async Task Silo_WithGrainsThatCannotBeUsed_DoesNotStart()
    {
        var builder = new InProcessTestClusterBuilder();
        builder.ConfigureSilo((_, silo) => silo.Services.AddSingleton<GrainParts>(_ => GrainParts.Of([typeof(IWithProperty)])));
        await using var cluster = builder.Build();

        var fault = await Should.ThrowAsync<OrleansConfigurationException>(cluster.DeployAsync);

        fault.Message.ShouldContain("IWithProperty.Name");
        cluster.Silos.ShouldBeEmpty();
    }

    [Fact]
    public void GrainsOfThisAssembly_AreFoundByItsMarker() => PartDiscovery.OfProcess.ClassFor(typeof(IEcho), null).Type.ShouldBe(typeof(EchoGrain));

    private static IReadOnlyList<string> FaultsOf(params Type[] types) => PartValidator.FaultsOf(types);

    private interface IWithProperty : IGrainWithStringKey
    {
        string Name { get; }
    }

    private interface IWithValue : IGrainWithStringKey
    {
        int Get();
    }

    private interface IWithUnmarked : IGrainWithStringKey
    {
        Task Put(Unmarked item);
    }

    private interface IWithUnmarkedElements : IGrainWithStringKey
    {
        Task<Dictionary<string, List<Unmarked>>> All();
    }

    private interface IWithSequence : IGrainWithStringKey
    {
        Task Put(IReadOnlyList<int> items);
    }

    private interface IWithQueue : IGrainWithStringKey
    {
        Task Put(Queue<int> items);
    }

    private interface IWithOut : IGrainWithStringKey
    {
        Task Try(out int result);
    }

    private interface IWithSameAliases : IGrainWithStringKey
    {
        [Alias("x")]
        Task One();

        [Alias("x")]
        Task Two();
    }

    private sealed class Unmarked;

    [GenerateSerializer]
    private sealed class TwoOfOneId
    {
        [Id(0)]
        public int A { get; set; }

        [Id(0)]
        public int B { get; set; }
    }

    [GenerateSerializer]
    private sealed class WithUnmarkedMember
    {
        [Id(0)]
        public Unmarked? Item { get; set; }
    }

    [GenerateSerializer, Alias("tests.same")]
    private sealed class AliasOne;

    [GenerateSerializer, Alias("tests.same")]
    private sealed class AliasTwo;

    private interface IPlain : IGrainWithStringKey;

    [GrainType("tests-same")]
    private sealed class OneGrain : Grain, IPlain;

    [GrainType("tests-same")]
    private sealed class TwoGrain : Grain, IPlain;

    private sealed class GrainWithUnmarkedState([PersistentState("s", "shared")] IPersistentState<Unmarked> state) : Grain, IPlain
    {
        public override string ToString() => $"{state.RecordExists}";
    }
}
