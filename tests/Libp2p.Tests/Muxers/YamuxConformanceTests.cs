using System.Diagnostics;
using IppanFleet.Libp2p.Muxers.Yamux;

namespace IppanFleet.Libp2p.Tests.Muxers;

/// <summary>What a multiplexed connection does, over each kind of channel.</summary>
[Trait("area", "libp2p")]
public sealed class YamuxConformanceTests
{
    public static TheoryData<string> Kinds => ["memory", "tcp", "noise over memory", "noise over tcp"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Stream_Echo_ComesBack(string kind)
    {
        await using var pair = await MuxedPair.CreateAsync(kind, echo: true);
        var data = ChannelExtensions.Random(100_000);
        (await SendAndReadBackAsync(pair.Dialer.OpenStream(), data)).ShouldBe(data);
        await TestHosts.UntilAsync(() => pair.Dialer.StreamCount == 0 && pair.Listener.StreamCount == 0, "the stream is forgotten");
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Streams_HundredAtOnce_DoNotMix(string kind)
    {
        await using var pair = await MuxedPair.CreateAsync(kind, echo: true);
        await Task.WhenAll(Enumerable.Range(1, 100).Select(async seed =>
        {
            var data = ChannelExtensions.Random(50_000 + seed, seed);
            (await SendAndReadBackAsync(pair.Dialer.OpenStream(), data)).AsSpan().SequenceEqual(data).ShouldBeTrue();
        }));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Stream_64MiB_Arrives(string kind)
    {
        const int Size = 64 << 20;
        await using var pair = await MuxedPair.CreateAsync(kind);
        var (near, far) = await pair.OpenAsync();
        var block = ChannelExtensions.Random(256 * 1024);
        var clock = Stopwatch.StartNew();
        var sending = Task.Run(async () =>
        {
            for (var sent = 0; sent < Size; sent += block.Length) await near.WriteAsync(block, TestHosts.Deadline);
            await near.CloseWriteAsync();
        });
        var buffer = new byte[100_000];
        long received = 0;
        for (var read = await far.ReadAsync(buffer, TestHosts.Deadline); read > 0; read = await far.ReadAsync(buffer))
        {
            buffer[0].ShouldBe(block[received % block.Length]);
            received += read;
        }
        await sending;
        received.ShouldBe(Size);
        TestContext.Current.TestOutputHelper?.WriteLine($"{kind}: {Size / clock.Elapsed.TotalSeconds / 1e6:0} MB/s");
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task HalfClose_TheOtherDirection_GoesOn(string kind)
    {
        await using var pair = await MuxedPair.CreateAsync(kind);
        var (near, far) = await pair.OpenAsync();
        await near.WriteAsync("question"u8.ToArray());
        await near.CloseWriteAsync();
        (await far.ReadToEndAsync()).ShouldBe("question"u8.ToArray());
        (await Should.ThrowAsync<ChannelException>(near.WriteAsync(new byte[1]).AsTask())).Fault.ShouldBe(ChannelFault.WriteClosed);

        var answer = ChannelExtensions.Random(1_000_000);
        var answering = Task.Run(async () =>
        {
            await far.WriteAsync(answer);
            await far.CloseWriteAsync();
        });
        (await near.ReadToEndAsync()).AsSpan().SequenceEqual(answer).ShouldBeTrue();
        await answering;
        (await near.ReadAsync(new byte[1])).ShouldBe(0, "the end stays the end");
        await TestHosts.UntilAsync(() => pair.Dialer.StreamCount == 0 && pair.Listener.StreamCount == 0, "the stream is forgotten");
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Reset_PendingReadAndWrite_FailAtBothEnds(string kind)
    {
        await using var pair = await MuxedPair.CreateAsync(kind);
        var (near, far) = await pair.OpenAsync();
        var reading = far.ReadAsync(new byte[10]).AsTask();
        var writing = far.WriteAsync(new byte[1 << 20]).AsTask();
        var own = near.ReadAsync(Memory<byte>.Empty).AsTask();

        near.Abort(ChannelFault.LimitExceeded, "enough");

        (await Should.ThrowAsync<ChannelException>(reading)).Fault.ShouldBe(ChannelFault.Reset);
        (await Should.ThrowAsync<ChannelException>(writing)).Fault.ShouldBe(ChannelFault.Reset);
        if (!own.IsCompletedSuccessfully) (await Should.ThrowAsync<ChannelException>(own)).Rule.ShouldBe("enough");
        (await Should.ThrowAsync<ChannelException>(near.WriteAsync(new byte[1]).AsTask())).Fault.ShouldBe(ChannelFault.LimitExceeded);
        near.Abort();
        await TestHosts.UntilAsync(() => pair.Dialer.StreamCount == 0 && pair.Listener.StreamCount == 0, "the stream is forgotten");
        var (again, _) = await pair.OpenAsync();
        again.ShouldNotBeNull();
    }

    /// <summary>A reader that does not read blocks its writer within a window and what waits to be sent; other streams go on.</summary>
    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task BackPressure_ReaderThatDoesNotRead_BlocksItsWriterAlone(string kind)
    {
        await using var pair = await MuxedPair.CreateAsync(kind);
        var (near, far) = await pair.OpenAsync();
        long sent = 0;
        var writing = Task.Run(async () =>
        {
            var block = new byte[64 * 1024];
            for (; sent < 16 << 20; Interlocked.Add(ref sent, block.Length)) await near.WriteAsync(block);
        });
        long before;
        do
        {
            before = Interlocked.Read(ref sent);
            await Task.Delay(50, TestHosts.Deadline);
        }
        while (Interlocked.Read(ref sent) != before || before == 0);
        before.ShouldBeLessThanOrEqualTo(YamuxOptions.InitialWindow);
        writing.IsCompleted.ShouldBeFalse();

        var (other, otherFar) = await pair.OpenAsync();
        await other.WriteAsync(new byte[200_000]);
        await otherFar.ReadExactlyAsync(200_000);

        var buffer = new byte[64 * 1024];
        for (long read = 0; read < 16 << 20;) read += await far.ReadAsync(buffer, TestHosts.Deadline);
        await writing;
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Loss_OfTheConnection_EndsEverything(string kind)
    {
        var (dialer, listener) = await ChannelPairs.CreateAsync(kind);
        var muxed = new YamuxMuxer().Create(dialer, initiator: true, _ => { });
        muxed.Start();
        var stream = muxed.OpenStream();
        await stream.WriteAsync(new byte[10]);
        var reading = stream.ReadAsync(new byte[10]).AsTask();

        listener.Abort();

        (await Should.ThrowAsync<ChannelException>(reading)).Fault.ShouldBe(ChannelFault.ConnectionLost);
        (await muxed.Completion).Fault.ShouldBeOneOf(ChannelFault.ConnectionLost, ChannelFault.Reset);
        (await Should.ThrowAsync<ChannelException>(stream.WriteAsync(new byte[1]).AsTask())).Fault.ShouldBe(ChannelFault.ConnectionLost);
        Should.Throw<ChannelException>(() => muxed.OpenStream());
        await muxed.DisposeAsync();
    }

    /// <summary>What a remote sent and closed is not lost with the connection that it then closes.</summary>
    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Close_AfterAnAnswer_TheAnswerStaysReadable(string kind)
    {
        await using var pair = await MuxedPair.CreateAsync(kind);
        var (near, far) = await pair.OpenAsync();
        var answer = ChannelExtensions.Random(100_000);
        await far.WriteAsync(answer);
        await far.CloseWriteAsync();
        await pair.Listener.CloseAsync();
        await pair.Dialer.Completion;

        (await near.ReadToEndAsync()).AsSpan().SequenceEqual(answer).ShouldBeTrue();
        (await Should.ThrowAsync<ChannelException>(near.WriteAsync(new byte[1]).AsTask())).Fault.ShouldBe(ChannelFault.ConnectionLost);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task SlowReader_ByteByByteAndInOddSizes_GetsAll(string kind)
    {
        await using var pair = await MuxedPair.CreateAsync(kind);
        var (near, far) = await pair.OpenAsync();
        var data = ChannelExtensions.Random(300_000);
        var sending = Task.Run(async () =>
        {
            var random = new Random(2);
            for (var at = 0; at < data.Length;)
            {
                var size = Math.Min(data.Length - at, random.Next(1, 70_000));
                await near.WriteAsync(data.AsMemory(at, size));
                at += size;
            }
            await near.CloseWriteAsync();
        });
        var got = new MemoryStream();
        var sizes = new Random(3);
        while (true)
        {
            var buffer = new byte[sizes.Next(1, sizes.Next(2) == 0 ? 8 : 30_000)];
            await far.ReadAsync(Memory<byte>.Empty, TestHosts.Deadline);
            var read = await far.ReadAsync(buffer, TestHosts.Deadline);
            if (read == 0) break;
            got.Write(buffer, 0, read);
        }
        await sending;
        got.ToArray().AsSpan().SequenceEqual(data).ShouldBeTrue();
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Streams_TenThousandShortOnes_AllPassAndLeaveNothing(string kind)
    {
        await using var pair = await MuxedPair.CreateAsync(kind, echo: true);
        await Task.WhenAll(Enumerable.Range(0, 50).Select(async worker =>
        {
            for (var i = 0; i < 200; i++)
            {
                var stream = pair.Dialer.OpenStream();
                await stream.WriteAsync(BitConverter.GetBytes((worker * 1000) + i));
                await stream.CloseWriteAsync();
                BitConverter.ToInt32(await stream.ReadToEndAsync()).ShouldBe((worker * 1000) + i);
                await stream.DisposeAsync();
            }
        }));
        await TestHosts.UntilAsync(() => pair.Dialer.StreamCount == 0 && pair.Listener.StreamCount == 0, "all streams are forgotten");
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Read_Cancelled_LeavesTheStreamUsable(string kind)
    {
        await using var pair = await MuxedPair.CreateAsync(kind);
        var (near, far) = await pair.OpenAsync();
        for (var i = 0; i < 50; i++)
        {
            using var cancel = new CancellationTokenSource();
            var reading = far.ReadAsync(new byte[10], cancel.Token).AsTask();
            if (i % 2 == 0) await Task.Yield();
            await cancel.CancelAsync();
            await Should.ThrowAsync<OperationCanceledException>(reading);
        }
        await near.WriteAsync("still"u8.ToArray());
        (await far.ReadExactlyAsync(5)).ShouldBe("still"u8.ToArray());
    }

    /// <summary>Writes that are cancelled while they wait for the window, or for room in what waits to be sent, give back what they had taken.</summary>
    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Write_Cancelled_LeavesTheStreamUsable(string kind)
    {
        await using var pair = await MuxedPair.CreateAsync(kind, options: new YamuxOptions { MaxPendingBytes = 1024 });
        var (near, far) = await pair.OpenAsync();
        long arrived = 0;
        for (var i = 0; i < 100; i++)
        {
            using var cancel = new CancellationTokenSource();
            var writing = near.WriteAsync(new byte[YamuxOptions.InitialWindow / 2], cancel.Token).AsTask();
            await cancel.CancelAsync();
            try
            {
                await writing.WaitAsync(TimeSpan.FromSeconds(20));
            }
            catch (OperationCanceledException)
            {
                // As asked.
            }
        }
        // The window is whole again once everything that was sent is read: a write larger than it goes through.
        var last = Task.Run(async () =>
        {
            await near.WriteAsync(new byte[1 << 20], TestHosts.Deadline);
            await near.CloseWriteAsync();
        });
        arrived += (await far.ReadToEndAsync()).Length;
        await last;
        arrived.ShouldBeGreaterThanOrEqualTo(1 << 20);
    }

    [Fact]
    public async Task CloseAsync_SaysGoodbye_TheOtherEndHears()
    {
        await using var pair = await MuxedPair.CreateAsync("memory");
        await pair.Dialer.CloseAsync();
        (await pair.Listener.Completion).Fault.ShouldBe(ChannelFault.ConnectionLost);
        (await pair.Dialer.Completion).Fault.ShouldBeOneOf(ChannelFault.Aborted, ChannelFault.ConnectionLost);
    }

    [Fact]
    public async Task Dispose_StreamTheRemoteSendsOnTo_IsResetInsteadOfHanging()
    {
        await using var pair = await MuxedPair.CreateAsync("memory");
        var (near, far) = await pair.OpenAsync();
        await far.WriteAsync("kept"u8.ToArray());
        await far.DisposeAsync();
        (await near.ReadToEndAsync()).ShouldBe("kept"u8.ToArray());

        (await Should.ThrowAsync<ChannelException>(near.WriteAsync(new byte[1 << 20], TestHosts.Deadline).AsTask())).Fault.ShouldBe(ChannelFault.Reset);
        await TestHosts.UntilAsync(() => pair.Dialer.StreamCount == 0 && pair.Listener.StreamCount == 0, "the stream is forgotten");
    }

    [Fact]
    public async Task Dispose_StreamWithUnreadData_FreesTheRemoteWriter()
    {
        await using var pair = await MuxedPair.CreateAsync("memory");
        var (near, far) = await pair.OpenAsync();
        var writing = near.WriteAsync(new byte[YamuxOptions.InitialWindow + 1000], TestHosts.Deadline).AsTask();
        await far.ReadAsync(Memory<byte>.Empty);
        await TestHosts.UntilAsync(() => ((YamuxStream)far).State.ReceiveWindow == 0, "the window is full");
        await far.DisposeAsync();
        await writing;
    }

    private static async Task<byte[]> SendAndReadBackAsync(ByteChannel stream, byte[] data)
    {
        var sending = Task.Run(async () =>
        {
            await stream.WriteAsync(data, TestHosts.Deadline);
            await stream.CloseWriteAsync();
        });
        var back = await stream.ReadToEndAsync();
        await sending;
        return back;
    }
}
