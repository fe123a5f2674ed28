using IppanFleet.Libp2p.Multiformats;

namespace IppanFleet.Libp2p.Tests.Channels;

[Trait("area", "libp2p")]
public sealed class LengthPrefixedReaderTests
{
    [Fact]
    public async Task Read_SplitAtEveryByte_GetsTheMessages()
    {
        var sizes = new[] { 0, 1, 127, 128, 300 };
        var wire = sizes.SelectMany(Message).ToArray();
        for (var split = 0; split <= wire.Length; split++)
        {
            var channel = ScriptedChannel.Of(wire[..split], wire[split..]).End();
            using var reader = new LengthPrefixedReader(channel, 1000);
            foreach (var size in sizes) (await reader.ReadAsync())!.Value.ToArray().ShouldBe(ChannelExtensions.Random(size));
            (await reader.ReadAsync()).ShouldBeNull();
        }
    }

    [Fact]
    public async Task Read_OneByteAtATime_GetsTheMessages()
    {
        var channel = ScriptedChannel.Of(Message(5000).Concat(Message(3)).Select(b => new[] { b })).End();
        using var reader = new LengthPrefixedReader(channel, 5000);
        (await reader.ReadAsync())!.Value.ToArray().ShouldBe(ChannelExtensions.Random(5000));
        (await reader.ReadAsync())!.Value.ToArray().ShouldBe(ChannelExtensions.Random(3));
        (await reader.ReadAsync()).ShouldBeNull();
    }

    [Fact]
    public async Task Read_ManyOfAllSizesInAnyPieces_GetsAll()
    {
        for (var seed = 0; seed < 20; seed++)
        {
            var random = new Random(seed);
            var sizes = Enumerable.Range(0, 200).Select(_ => random.Next(10) == 0 ? random.Next(400_000) : random.Next(200)).ToArray();
            var wire = sizes.SelectMany(Message).ToArray();
            var channel = new ScriptedChannel();
            for (var at = 0; at < wire.Length;)
            {
                var size = Math.Min(wire.Length - at, random.Next(1, 100_000));
                channel.Send(wire[at..(at + size)]);
                at += size;
            }
            using var reader = new LengthPrefixedReader(channel.End(), 400_000);
            foreach (var size in sizes) (await reader.ReadAsync())!.Value.Span.SequenceEqual(ChannelExtensions.Random(size)).ShouldBeTrue();
            (await reader.ReadAsync()).ShouldBeNull();
        }
    }

    [Theory]
    [Trait("area", "attack")]
    [InlineData("8108", ChannelFault.LimitExceeded)] // 1025
    [InlineData("ffffffffffffffff7f", ChannelFault.LimitExceeded)]
    [InlineData("ffffffff07", ChannelFault.LimitExceeded)] // 2^31 - 1
    [InlineData("8100", ChannelFault.ProtocolViolation)]
    [InlineData("ffffffffffffffffffff01", ChannelFault.ProtocolViolation)]
    [InlineData("ffffffffffffffffff", ChannelFault.ProtocolViolation)]
    [InlineData("80", ChannelFault.Truncated)]
    [InlineData("02ff", ChannelFault.Truncated)]
    public async Task Read_WrongLength_IsRefusedBeforeAnythingIsTakenForIt(string wire, ChannelFault fault)
    {
        var channel = ScriptedChannel.Of(Convert.FromHexString(wire)).End();
        using var reader = new LengthPrefixedReader(channel, 1024);
        (await Should.ThrowAsync<ChannelException>(reader.ReadAsync().AsTask())).Fault.ShouldBe(fault);
        channel.LargestReadBuffer.ShouldBeLessThanOrEqualTo(4096);
    }

    /// <summary>A length within the limit is not believed either: room follows what has come.</summary>
    [Fact]
    [Trait("area", "attack")]
    public async Task Read_LargeLengthAndNothingBehind_TakesLittle()
    {
        const int Announced = 16 << 20;
        var prefix = new byte[Varint.MaxSize];
        var channel = ScriptedChannel.Of([.. prefix.AsSpan(0, Varint.Write(prefix, Announced)), 1]);
        using var reader = new LengthPrefixedReader(channel, Announced);
        var reading = reader.ReadAsync(TestHosts.Deadline).AsTask();
        await TestHosts.UntilAsync(() => channel.LargestReadBuffer > 4096, "it waits for the rest");
        channel.LargestReadBuffer.ShouldBeLessThanOrEqualTo(64 * 1024);
        channel.Send(new byte[200_000]);
        await TestHosts.UntilAsync(() => channel.LargestReadBuffer > 64 * 1024, "more room where more came");
        channel.LargestReadBuffer.ShouldBeLessThanOrEqualTo(1 << 20);
        channel.Send(new byte[Announced - 200_001]);
        (await reading)!.Value.Length.ShouldBe(Announced);
    }

    [Fact]
    public async Task Read_Idle_HoldsNoBuffer()
    {
        var channel = new ScriptedChannel();
        using var reader = new LengthPrefixedReader(channel, 1000);
        for (var i = 0; i < 10; i++)
        {
            var reading = reader.ReadAsync(TestHosts.Deadline).AsTask();
            reader.Buffered.Length.ShouldBe(0);
            channel.Send(Message(50));
            await reading;
        }
        channel.EmptyReads.ShouldBe(10, "each wait was without a buffer");
    }

    [Fact]
    public async Task Read_Cancelled_GoesOnWhereItWas()
    {
        var channel = new ScriptedChannel();
        using var reader = new LengthPrefixedReader(channel, 1000);
        var message = Message(100);
        foreach (var b in message[..^1])
        {
            using var cancel = new CancellationTokenSource();
            channel.Send([b]);
            var reading = reader.ReadAsync(cancel.Token).AsTask();
            await cancel.CancelAsync();
            await Should.ThrowAsync<OperationCanceledException>(reading);
        }
        channel.Send(message[^1..]);
        (await reader.ReadAsync())!.Value.ToArray().ShouldBe(ChannelExtensions.Random(100));
    }

    [Fact]
    public async Task Write_Message_IsOneWriteWithItsLength()
    {
        var channel = new ScriptedChannel();
        await LengthPrefixed.WriteAsync(channel, ChannelExtensions.Random(300));
        channel.Written.ShouldBe(Message(300));
    }

    private static byte[] Message(int size)
    {
        var prefix = new byte[Varint.MaxSize];
        return [.. prefix.AsSpan(0, Varint.Write(prefix, (ulong)size)), .. ChannelExtensions.Random(size)];
    }
}
