using FsCheck;
using FsCheck.Fluent;

namespace IppanFleet.Libp2p.Tests.Channels;

[Trait("area", "libp2p")]
public sealed class SafeTextTests
{
    [Theory]
    [InlineData(null, "")]
    [InlineData("", "")]
    [InlineData("plain text, äöü, 日本, 🚀", "plain text, äöü, 日本, 🚀")]
    [InlineData("a\r\nb\tc\0", "a\\u000D\\u000Ab\\u0009c\\u0000")]
    [InlineData("\u001b[31mred", "\\u001B[31mred")]
    [InlineData("a\u202eb\u200bc\u2028d\u2029e\ufefff", "a\\u202Eb\\u200Bc\\u2028d\\u2029e\\uFEFFf")]
    [InlineData("\u0085\u009b", "\\u0085\\u009B")]
    [InlineData("\ue000", "\\uE000")]
    public void Shorten_ControlAndFormatCharacters_AreEscaped(string? text, string expected) => SafeText.Shorten(text).ShouldBe(expected);

    [Fact]
    public void Shorten_LoneSurrogates_AreEscaped()
    {
        SafeText.Shorten("a" + (char)0xd800 + "b").ShouldBe("a\\uFFFDb");
        SafeText.Shorten("" + (char)0xdc00).ShouldBe("\\uFFFD");
    }

    [Fact]
    public void Shorten_LongText_IsCut()
    {
        SafeText.Shorten(new string('a', 96)).ShouldBe(new string('a', 96));
        SafeText.Shorten(new string('a', 97)).ShouldBe(new string('a', 96) + "…");
        SafeText.Shorten(new string('a', 1_000_000), 5).ShouldBe("aaaaa…");
    }

    [Fact]
    public void Shorten_AnyText_IsShortAndHarmless() => Prop.ForAll(ArbMap.Default.ArbFor<(char[] Text, byte Max)>(), input =>
    {
        var safe = SafeText.Shorten(new string(input.Text ?? []), input.Max);
        return safe.Length <= input.Max + 9 && !safe.Any(char.IsControl) && !safe.Any(c => c is '\u202e' or '\u2028');
    }).QuickCheckThrowOnFailure();
}
