using System.Buffers.Binary;
using IppanFleet.Libp2p.Security.Noise;
using IppanFleet.Libp2p.Tests.Channels;
using IppanFleet.Libp2p.Tests.Fuzz;
using IppanFleet.Libp2p.Tests.Muxers;

namespace IppanFleet.Libp2p.Tests.Security;

[Trait("area", "libp2p")]
public sealed class NoiseChannelTests
{
    private const int LargestPlain = 65535 - NoiseCipher.TagSize;

    [Theory]
    [InlineData(1)]
    [InlineData(LargestPlain)]
    [InlineData(LargestPlain + 1)]
    [InlineData(65536)]
    [InlineData((4 * LargestPlain) + 1)]
    [InlineData(1_000_000)]
    public async Task Write_AnySize_ArrivesInFramesOfAtMost65535(int size)
    {
        var wire = new ScriptedChannel();
        var data = ChannelExtensions.Random(size);
        await using (var channel = new NoiseChannel(wire, Cipher(1), Cipher(2))) await channel.WriteAsync(data);

        var written = wire.Written;
        var frames = 0;
        for (var at = 0; at < written.Length; frames++) at += 2 + BinaryPrimitives.ReadUInt16BigEndian(written.AsSpan(at));
        frames.ShouldBe((size + LargestPlain - 1) / LargestPlain);
        await using var reader = new NoiseChannel(ScriptedChannel.Of(written).End(), Cipher(2), Cipher(1));
        (await reader.ReadToEndAsync()).AsSpan().SequenceEqual(data).ShouldBeTrue();
    }

    [Fact]
    public async Task Read_AnySizesOfPiecesAndBuffers_GetsAll()
    {
        for (var seed = 0; seed < 60; seed++)
        {
            var random = new Random(seed);
            var data = ChannelExtensions.Random(random.Next(1, 200_000), seed);
            var wire = await SealAsync(data, random);
            var pieces = new ScriptedChannel();
            for (var at = 0; at < wire.Length;)
            {
                var size = Math.Min(wire.Length - at, random.Next(1, seed % 3 == 0 ? 50 : 100_000));
                pieces.Send(wire[at..(at + size)]);
                at += size;
            }
            await using var channel = new NoiseChannel(pieces.End(), Cipher(2), Cipher(1));
            var got = new MemoryStream();
            while (true)
            {
                var buffer = new byte[random.Next(1, random.Next(2) == 0 ? 20 : 150_000)];
                if (random.Next(2) == 0) await channel.ReadAsync(Memory<byte>.Empty);
                var read = await channel.ReadAsync(buffer);
                if (read == 0) break;
                got.Write(buffer, 0, read);
            }
            got.ToArray().AsSpan().SequenceEqual(data).ShouldBeTrue($"seed {seed}");
        }
    }

    [Fact]
    [Trait("area", "attack")]
    public async Task Read_AnyByteOfAFrameFlipped_EndsTheConnection()
    {
        var wire = await SealAsync(ChannelExtensions.Random(40), null);
        for (var at = 0; at < wire.Length; at++)
        {
            var forged = wire.ToArray();
            forged[at] ^= 1;
            var inner = ScriptedChannel.Of(forged).End();
            await using var channel = new NoiseChannel(inner, Cipher(2), Cipher(1));
            var end = await Should.ThrowAsync<ChannelException>(channel.ReadAsync(new byte[100]).AsTask());
            // A changed length cuts the frame short, or waits for more than comes.
            end.Fault.ShouldBe(at >= 2 || end.Fault != ChannelFault.Truncated ? ChannelFault.ProtocolViolation : ChannelFault.Truncated);
            if (end.Fault != ChannelFault.ProtocolViolation) continue;
            inner.Fault.ShouldBe(ChannelFault.ProtocolViolation);
            inner.Rule.ShouldBe("Noise: a frame has a wrong tag");
            await Should.ThrowAsync<ChannelException>(channel.ReadAsync(new byte[100]).AsTask());
            await Should.ThrowAsync<ChannelException>(channel.WriteAsync(new byte[1]).AsTask());
        }
    }

    [Fact]
    [Trait("area", "attack")]
    public async Task Read_FramesSwappedRepeatedOrDropped_EndsTheConnection()
    {
        var first = await SealAsync([1, 2, 3], null);
        using var cipher = Cipher(1);
        byte[] Next(byte value)
        {
            var frame = new byte[2 + 1 + NoiseCipher.TagSize];
            frame[1] = 1 + NoiseCipher.TagSize;
            cipher.Encrypt([value], [], frame.AsSpan(2));
            return frame;
        }
        byte[] a = Next(1), b = Next(2);
        foreach (var wire in new byte[][] { [.. b, .. a], [.. a, .. a], b, [.. first, .. first] })
        {
            await using var channel = new NoiseChannel(ScriptedChannel.Of(wire).End(), Cipher(2), Cipher(1));
            (await Should.ThrowAsync<ChannelException>(channel.ReadToEndAsync())).Fault.ShouldBe(ChannelFault.ProtocolViolation);
        }
    }

    [Theory]
    [Trait("area", "attack")]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(15)]
    public async Task Read_FrameWithoutRoomForItsTag_EndsTheConnection(int size)
    {
        await using var channel = new NoiseChannel(ScriptedChannel.Of([0, (byte)size, .. new byte[size]]).End(), Cipher(2), Cipher(1));
        (await Should.ThrowAsync<ChannelException>(channel.ReadAsync(new byte[100]).AsTask())).Fault.ShouldBe(ChannelFault.ProtocolViolation);
        await using var waiting = new NoiseChannel(ScriptedChannel.Of([0, (byte)size, .. new byte[size]]).End(), Cipher(2), Cipher(1));
        (await Should.ThrowAsync<ChannelException>(waiting.ReadAsync(Memory<byte>.Empty).AsTask())).Fault.ShouldBe(ChannelFault.ProtocolViolation);
    }

    [Fact]
    public async Task Read_ClosedInsideAFrame_IsTruncatedAndBetweenFramesAnEnd()
    {
        var wire = await SealAsync(ChannelExtensions.Random(100), null);
        for (var cut = 1; cut < wire.Length; cut++)
        {
            await using var channel = new NoiseChannel(ScriptedChannel.Of(wire[..cut]).End(), Cipher(2), Cipher(1));
            (await Should.ThrowAsync<ChannelException>(channel.ReadAsync(new byte[200]).AsTask())).Fault.ShouldBe(ChannelFault.Truncated);
        }
        await using var whole = new NoiseChannel(ScriptedChannel.Of(wire).End(), Cipher(2), Cipher(1));
        (await whole.ReadToEndAsync()).Length.ShouldBe(100);
    }

    /// <summary>Whoever connects and breaks off costs no buffer, and what broke off once is no clean end later.</summary>
    [Theory]
    [Trait("area", "attack")]
    [InlineData(40, ChannelFault.ProtocolViolation)]
    [InlineData(30, ChannelFault.Truncated)]
    public async Task Read_ThatFails_GivesItsBufferBack(int size, ChannelFault fault)
    {
        const int Channels = 100;
        byte[] wire = [0, 38, .. new byte[size - 2]];
        var before = 0L;
        for (var i = -10; i < Channels; i++)
        {
            if (i == 0) before = GC.GetAllocatedBytesForCurrentThread();
            var channel = new NoiseChannel(new BytesChannel(wire), Cipher(2), Cipher(1));
            for (var reads = 0; reads < 2; reads++)
            {
                var read = channel.ReadAsync(new byte[100]);
                read.IsCompleted.ShouldBeTrue();
                (await Should.ThrowAsync<ChannelException>(read.AsTask())).Fault.ShouldBe(fault);
            }
        }
        ((GC.GetAllocatedBytesForCurrentThread() - before) / Channels).ShouldBeLessThan(30_000);
    }

    /// <summary>Frames without content are no end of the stream, and make nobody wait with a buffer in hand.</summary>
    [Fact]
    [Trait("area", "attack")]
    public async Task Read_EmptyFrames_ArePassedOver()
    {
        using var cipher = Cipher(1);
        var inner = new ScriptedChannel();
        byte[] Sealed(params byte[] plain)
        {
            var frame = new byte[2 + plain.Length + NoiseCipher.TagSize];
            BinaryPrimitives.WriteUInt16BigEndian(frame, (ushort)(plain.Length + NoiseCipher.TagSize));
            cipher.Encrypt(plain, [], frame.AsSpan(2));
            return frame;
        }
        await using var channel = new NoiseChannel(inner, Cipher(2), Cipher(1));
        var idle = channel.ReadAsync(Memory<byte>.Empty).AsTask();
        for (var i = 0; i < 1000; i++) inner.Send(Sealed());
        await TestHosts.UntilAsync(() => inner.EmptyReads == 1000, "all were opened, each without a buffer before it");
        idle.IsCompleted.ShouldBeFalse();
        inner.Send(Sealed(7));
        await idle;
        (await channel.ReadExactlyAsync(1))[0].ShouldBe((byte)7);
    }

    /// <summary>A remote that begins a frame and stops makes us hold about what it sent, not room for all that it could send.</summary>
    [Theory]
    [Trait("area", "attack")]
    [InlineData(1)]
    [InlineData(1000)]
    [InlineData(30_000)]
    public async Task Read_RemoteStopsInsideAFrame_HoldsLittleMoreThanWhatCame(int sent)
    {
        var wire = await SealAsync(ChannelExtensions.Random(60_000), null);
        var inner = new ScriptedChannel();
        await using var channel = new NoiseChannel(inner, Cipher(2), Cipher(1));
        var reading = channel.ReadToEndAsync();
        inner.Send(wire[..sent]);
        await TestHosts.UntilAsync(() => inner.EmptyReads == 1 && channel.Held < 100_000 && channel.Held > 0, "it waits again");
        channel.Held.ShouldBeLessThanOrEqualTo(Math.Max(16, 2 * sent));
        inner.Send(wire[sent..]).End();
        (await reading).Length.ShouldBe(60_000);
        channel.Held.ShouldBe(0);
    }

    [Fact]
    public async Task Abort_FromAnywhereWhileInUse_EndsBothDirections()
    {
        for (var i = 0; i < 50; i++)
        {
            var (near, far) = await ChannelPairs.CreateAsync("noise over memory");
            var reading = Task.Run(async () =>
            {
                var buffer = new byte[10_000];
                while (await far.ReadAsync(buffer) > 0)
                {
                    // Until the end.
                }
            });
            var writing = Task.Run(async () =>
            {
                while (true) await near.WriteAsync(new byte[50_000]);
            });
            await Task.Delay(i % 3);
            near.Abort();
            far.Abort();
            await Should.ThrowAsync<ChannelException>(writing);
            await Should.ThrowAsync<ChannelException>(reading);
        }
    }

    private static NoiseCipher Cipher(byte key) => new([.. Enumerable.Repeat(key, 32)]);

    private static async Task<byte[]> SealAsync(byte[] data, Random? random)
    {
        var wire = new ScriptedChannel();
        await using var channel = new NoiseChannel(wire, Cipher(1), Cipher(2));
        for (var at = 0; at < data.Length;)
        {
            var size = random is null ? data.Length : Math.Min(data.Length - at, random.Next(1, 70_000));
            await channel.WriteAsync(data.AsMemory(at, size));
            at += size;
        }
        return wire.Written;
    }
}
