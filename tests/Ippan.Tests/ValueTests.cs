namespace IppanFleet.Ippan.Tests;

public sealed class ValueTests
{
    private const string Hex = "00112233445566778899aabbccddeeff0123456789abcdeffedcba9876543210";

    [Fact]
    public void Hash32_ParsedAndPrinted_IsTheSameInLowerCase()
    {
        Hash32.Parse(Hex.ToUpperInvariant()).ToString().ShouldBe(Hex);
        $"{Hash32.Parse(Hex)}".ShouldBe(Hex);
        Convert.ToHexStringLower(Hash32.Parse(Hex).ToArray()).ShouldBe(Hex);
    }

    [Theory]
    [InlineData("")]
    [InlineData("00")]
    [InlineData(Hex + "00")]
    [InlineData("0x112233445566778899aabbccddeeff0123456789abcdeffedcba9876543210")]
    [InlineData("g0112233445566778899aabbccddeeff0123456789abcdeffedcba9876543210")]
    public void Hash32_OfAnotherText_IsRefused(string text)
    {
        Hash32.TryParse(text, out var value).ShouldBeFalse();
        value.ShouldBe(Hash32.Zero);
        Should.Throw<FormatException>(() => Hash32.Parse(text));
    }

    [Fact]
    public void Hash32_OfAnotherLength_IsRefused() => Should.Throw<ArgumentException>(() => new Hash32(new byte[31]));

    [Fact]
    public void Hash32_Compared_GoesByBytesFromTheFront()
    {
        var low = Hash32.Parse("00" + new string('f', 62));
        var high = Hash32.Parse("01" + new string('0', 62));
        (low < high).ShouldBeTrue();
        (high >= low).ShouldBeTrue();
        (low != high).ShouldBeTrue();
        low.GetHashCode().ShouldNotBe(high.GetHashCode());
    }

    [Fact]
    public void ValueList_ComparedByElements_IsEqualAndDefaultIsEmpty()
    {
        ValueList<int> list = [1, 2];
        list.ShouldBe(ValueList.Create<int>([1, 2]));
        (list == ValueList.Create<int>([1, 3])).ShouldBeFalse();
        default(ValueList<int>).ShouldBe([]);
        default(ValueList<int>).Count.ShouldBe(0);
        Should.Throw<ArgumentOutOfRangeException>(() => list[2]);
    }

    [Fact]
    public void TextMap_OfEntriesInAnyOrder_IsEqual()
    {
        var map = TextMap.Create(new TextEntry("b", "1"), new TextEntry("a", "2"), new TextEntry("b", "3"));
        map.ShouldBe(TextMap.Create(new TextEntry("a", "2"), new TextEntry("b", "3")));
        map.Find("b").ShouldBe("3");
        map.Find("c").ShouldBeNull();
    }
}
