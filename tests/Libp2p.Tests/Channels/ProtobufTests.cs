using System.Buffers;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using IppanFleet.Libp2p.Protobuf;

namespace IppanFleet.Libp2p.Tests.Channels;

[Trait("area", "libp2p")]
public sealed class ProtobufTests
{
    [Fact]
    public void WriteAndRead_AnyFields_RoundTrip() => Prop.ForAll(ArbMap.Default.ArbFor<(ushort Field, ulong Number, byte[] Bytes, int Kind)[]>(), fields =>
    {
        var buffer = new ArrayBufferWriter<byte>();
        var writer = new ProtoWriter(buffer);
        var size = 0;
        foreach (var (number, value, bytes, kind) in fields)
        {
            var field = number + 1;
            switch (kind & 1)
            {
                case 0:
                    writer.WriteVarint(field, value << (kind & 63));
                    size += ProtoWriter.SizeOfVarint(field, value << (kind & 63));
                    break;
                default:
                    writer.WriteBytes(field, bytes ?? []);
                    size += ProtoWriter.SizeOfBytes(field, bytes?.Length ?? 0);
                    break;
            }
        }
        buffer.WrittenCount.ShouldBe(size);
        var reader = new ProtoReader(buffer.WrittenSpan);
        foreach (var (number, value, bytes, kind) in fields)
        {
            reader.TryReadField(out var field, out var type).ShouldBeTrue();
            field.ShouldBe(number + 1);
            if ((kind & 1) == 0)
            {
                type.ShouldBe(WireType.Varint);
                reader.TryReadVarint(out var read).ShouldBeTrue();
                read.ShouldBe(value << (kind & 63));
            }
            else
            {
                type.ShouldBe(WireType.Bytes);
                reader.TryReadBytes(out var read).ShouldBeTrue();
                read.SequenceEqual(bytes ?? []).ShouldBeTrue();
            }
        }
        return !reader.TryReadField(out _, out _) && !reader.Failed && reader.Remaining == 0;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void WriteText_Unicode_IsUtf8()
    {
        var buffer = new ArrayBufferWriter<byte>();
        new ProtoWriter(buffer).WriteText(3, "grüße 🚀");
        var reader = new ProtoReader(buffer.WrittenSpan);
        reader.TryReadField(out var field, out _).ShouldBeTrue();
        field.ShouldBe(3);
        reader.TryReadText(100, out var text).ShouldBeTrue();
        text.ShouldBe("grüße 🚀");
    }

    [Theory]
    [InlineData("08")] // no value
    [InlineData("0880")] // value cut
    [InlineData("08ffffffffffffffffff02")] // beyond 64 bits
    [InlineData("08ffffffffffffffffffff01")] // eleven bytes
    [InlineData("0a05")] // content missing
    [InlineData("0a0501020304")] // content cut
    [InlineData("0affffffffffffffffff01")] // length 2^64 - 1
    [InlineData("0affffffff07")] // length 2^31 - 1
    [InlineData("09010203")] // eight bytes cut
    [InlineData("0d010203")] // four bytes cut
    [InlineData("0b")] // groups
    [InlineData("0c")]
    [InlineData("0e")]
    [InlineData("0f")]
    [InlineData("00")] // field 0
    [InlineData("8080808010")] // field 2^29
    [InlineData("80")]
    public void Read_Malformed_FailsAndStays(string hex)
    {
        var reader = new ProtoReader(Convert.FromHexString(hex));
        while (reader.TryReadField(out _, out var type)) reader.TrySkip(type);
        reader.Failed.ShouldBeTrue();
        reader.TryReadVarint(out _).ShouldBeFalse();
        reader.TryReadBytes(out _).ShouldBeFalse();
        reader.TryReadField(out _, out _).ShouldBeFalse();
        reader.Remaining.ShouldBe(0);
    }

    [Theory]
    [InlineData("0a03616263", 2)] // longer than allowed
    [InlineData("0a02c328", 10)] // no UTF-8
    [InlineData("0a03eda080", 10)] // a surrogate
    public void ReadText_TooLongOrNoUtf8_Fails(string hex, int max)
    {
        var reader = new ProtoReader(Convert.FromHexString(hex));
        reader.TryReadField(out _, out _).ShouldBeTrue();
        reader.TryReadText(max, out var text).ShouldBeFalse();
        text.ShouldBeEmpty();
        reader.Failed.ShouldBeTrue();
    }

    [Fact]
    public void Skip_EveryKind_PassesOver()
    {
        var reader = new ProtoReader(Convert.FromHexString("08ac02" + "110102030405060708" + "1a03616263" + "2501020304" + "2a0161"));
        for (var i = 1; i <= 4; i++)
        {
            reader.TryReadField(out var field, out var type).ShouldBeTrue();
            field.ShouldBe(i);
            reader.TrySkip(type).ShouldBeTrue();
        }
        reader.TryReadField(out _, out _).ShouldBeTrue();
        reader.TryReadText(1, out var text).ShouldBeTrue();
        text.ShouldBe("a");
        Encoding.ASCII.GetString("a"u8).ShouldBe(text);
    }
}
