using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using IppanFleet.Libp2p.Multiformats;

namespace IppanFleet.Libp2p.Tests.Multiformats;

[Trait("area", "libp2p")]
public sealed class VarintTests
{
    [Theory]
    [InlineData("", VarintFault.Truncated)]
    [InlineData("80", VarintFault.Truncated)]
    [InlineData("8181", VarintFault.Truncated)]
    [InlineData("8000", VarintFault.NotMinimal)]
    [InlineData("808000", VarintFault.NotMinimal)]
    [InlineData("808080808080808000", VarintFault.NotMinimal)]
    [InlineData("ffffffffffffffff80", VarintFault.Overflow)]
    [InlineData("80808080808080808001", VarintFault.Overflow)]
    [InlineData("ffffffffffffffffffff00", VarintFault.Overflow)]
    public void Read_Malformed_IsRefused(string hex, VarintFault fault)
    {
        Varint.TryRead(Convert.FromHexString(hex), out _, out var consumed).ShouldBe(fault);
        consumed.ShouldBe(0);
    }

    [Fact]
    public void ReadAndWrite_AnyValueOf63Bits_RoundTrips() => Prop.ForAll(ArbMap.Default.ArbFor<(ulong Value, byte Shift, byte[] Tail)>(), input =>
    {
        var value = (input.Value * 0x9e3779b97f4a7c15 >> 1) >> (input.Shift % 63);
        Span<byte> buffer = stackalloc byte[Varint.MaxSize];
        var size = Varint.Write(buffer, value);
        byte[] bytes = [.. buffer[..size], .. input.Tail ?? []];
        return size == Varint.SizeOf(value) && Varint.TryRead(bytes, out var read, out var consumed) == VarintFault.None && read == value && consumed == size;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void ReadAndWrite_Vectors_Agree()
    {
        var vectors = VectorFiles.Load("libp2p-peerids.json").GetProperty("unsigned_varint");
        foreach (var test in vectors.GetProperty("valid").EnumerateArray())
        {
            var expected = ulong.Parse(test.Text("value"), CultureInfo.InvariantCulture);
            var buffer = new byte[Varint.MaxSize];
            buffer[..Varint.Write(buffer, expected)].ShouldBe(test.Hex("hex"));
            Varint.TryRead(test.Hex("hex"), out var value, out _).ShouldBe(VarintFault.None);
            value.ShouldBe(expected);
        }
        foreach (var test in vectors.GetProperty("invalid").EnumerateArray()) Varint.TryRead(test.Hex("hex"), out _, out _).ShouldNotBe(VarintFault.None, test.Text("error"));
        foreach (var test in vectors.GetProperty("with_trailing_bytes").EnumerateArray())
        {
            Varint.TryRead(test.Hex("hex"), out var value, out var consumed).ShouldBe(VarintFault.None);
            value.ShouldBe(ulong.Parse(test.Text("value"), CultureInfo.InvariantCulture));
            consumed.ShouldBe(test.GetProperty("consumed").GetInt32());
        }
    }
}
