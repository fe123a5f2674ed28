using System.Collections.Immutable;
using Orleans.Runtime;

namespace Orleans.Tests.Copies;

public sealed class CopierTests
{
    [Fact]
    public void ObjectWithIds_Copied_SharesNothingThatCanChange()
    {
        var original = new Parcel { Words = ["a"], Numbers = { ["n"] = [1, 2] }, Inner = new Parcel { Words = ["b"] }, Note = "stays" };

        var copy = Copier.CopyOf(original);
        original.Words.Add("later");
        original.Numbers["n"][0] = 9;
        original.Inner.Words.Clear();

        copy.Words.ShouldBe(["a"]);
        copy.Numbers["n"].ShouldBe([1, 2]);
        copy.Inner!.Words.ShouldBe(["b"]);
        copy.Note.ShouldBe("");
    }

    [Fact]
    public void Cycle_Copied_IsACycleAgain()
    {
        var original = new Parcel();
        original.Inner = original;

        var copy = Copier.CopyOf(original);

        copy.ShouldNotBeSameAs(original);
        copy.Inner.ShouldBeSameAs(copy);
    }

    [Fact]
    public void ObjectMetTwice_Copied_IsOneObjectInTheCopy()
    {
        var one = new Parcel();

        var copy = Copier.CopyOf(new List<Parcel> { one, one });

        copy[1].ShouldBeSameAs(copy[0]);
    }

    [Fact]
    public void ImmutableObject_Copied_IsTheSame()
    {
        var original = new Event { Number = 1 };

        Copier.CopyOf(original).ShouldBeSameAs(original);
    }

    [Fact]
    public void PositionalRecord_Copied_KeepsItsParameters()
    {
        var original = new Positional("a", [1]);

        var copy = Copier.CopyOf(original);

        copy.Name.ShouldBe("a");
        copy.Numbers.ShouldBe([1]);
        copy.Numbers.ShouldNotBeSameAs(original.Numbers);
    }

    [Fact]
    public void Struct_Copied_CopiesWhatItHolds()
    {
        var original = new Holder { Words = ["a"] };

        var copy = Copier.CopyOf(original);
        original.Words.Add("b");

        copy.Words.ShouldBe(["a"]);
    }

    [Fact]
    public void Derived_Copied_KeepsMembersOfItsBase()
    {
        var copy = Copier.CopyOf<Base>(new Derived { Own = 1, Inherited = 2 });

        copy.ShouldBeOfType<Derived>().Own.ShouldBe(1);
        copy.Inherited.ShouldBe(2);
    }

    [Fact]
    public void Collections_Copied_AreEqualAndOthers()
    {
        var tuple = (1, new List<string> { "x" });
        var big = (1, 2, 3, 4, 5, 6, 7, new List<int> { 8 });
        var set = new HashSet<string>(["A"], StringComparer.OrdinalIgnoreCase);

        Copier.CopyOf(tuple).Item2.ShouldBe(["x"]);
        Copier.CopyOf(tuple).Item2.ShouldNotBeSameAs(tuple.Item2);
        Copier.CopyOf(big).Item8.ShouldBe([8]);
        Copier.CopyOf(set).Contains("a").ShouldBeTrue();
        Copier.CopyOf(ImmutableArray.Create(new Parcel { Words = ["p"] }))[0].Words.ShouldBe(["p"]);
        Copier.CopyOf<int?>(5).ShouldBe(5);
    }

    [Fact]
    public void TypeWithoutSerializer_Copied_IsRefusedByName() =>
        Should.Throw<NotSupportedException>(() => Copier.CopyOf(new Unmarked())).Message.ShouldContain(nameof(Unmarked));

    [Fact]
    public void LazySequence_Copied_IsRefused() =>
        Should.Throw<NotSupportedException>(() => Copier.CopyOf<IEnumerable<int>>(Enumerable.Range(0, 3).Select(n => n)));

    [Fact]
    public void CollectionThatIsNotOffered_Copied_IsRefusedByName() =>
        Should.Throw<NotSupportedException>(() => Copier.CopyOf(new Queue<int>([1]))).Message.ShouldContain("Queue");

    private sealed class Unmarked;

    [GenerateSerializer]
    private sealed record Positional(string Name, List<int> Numbers);

    [GenerateSerializer]
    private struct Holder
    {
        [Id(0)]
        public List<string> Words;
    }

    [GenerateSerializer]
    private class Base
    {
        [Id(0)]
        public int Inherited { get; init; }
    }

    [GenerateSerializer]
    private sealed class Derived : Base
    {
        [Id(0)]
        public int Own { get; init; }
    }
}
