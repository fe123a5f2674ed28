using IppanFleet.Libp2p.Muxers;
using IppanFleet.Libp2p.Muxers.Yamux;
using IppanFleet.Libp2p.Tests.Channels;

namespace IppanFleet.Libp2p.Tests.Attacks;

/// <summary>A remote that writes Yamux frames by hand.</summary>
[Trait("area", "libp2p")]
[Trait("area", "attack")]
public sealed class YamuxAttackTests
{
    private static readonly YamuxHeader Goodbye = new(YamuxType.GoAway, YamuxFlags.None, 0, 1);

    [Theory]
    [InlineData("credit overflow", "window credit beyond 32 bits (WindowUpdate on stream 1, length 4294967295)")]
    [InlineData("opening credit", "window credit beyond 32 bits")]
    [InlineData("opening over the window", "more than the receive window (Data on stream 1, length 262145)")]
    [InlineData("over the window", "more than the receive window")]
    [InlineData("body for nobody", "more than the receive window")]
    [InlineData("data after fin", "data after the stream was closed")]
    [InlineData("unknown version", "unknown version")]
    [InlineData("unknown type", "unknown frame type")]
    [InlineData("stream zero", "stream 0 carries no data")]
    [InlineData("our ids", "the stream id belongs to the other side")]
    [InlineData("twice", "the stream exists already")]
    [InlineData("ping on a stream", "a session frame on a stream")]
    public async Task Frame_AgainstTheRules_EndsTheConnectionWithGoAway(string attack, string rule)
    {
        var open = Frame(YamuxType.WindowUpdate, YamuxFlags.Syn, 1, 0);
        byte[][] frames = attack switch
        {
            "credit overflow" => [open, Frame(YamuxType.WindowUpdate, YamuxFlags.None, 1, uint.MaxValue), Frame(YamuxType.WindowUpdate, YamuxFlags.None, 1, uint.MaxValue)],
            "opening credit" => [Frame(YamuxType.WindowUpdate, YamuxFlags.Syn, 1, uint.MaxValue)],
            "opening over the window" => [Frame(YamuxType.Data, YamuxFlags.Syn, 1, 262145)],
            "over the window" => [open, Frame(YamuxType.Data, YamuxFlags.None, 1, 262144), new byte[262144], Frame(YamuxType.Data, YamuxFlags.None, 1, 1), new byte[1]],
            "body for nobody" => [Frame(YamuxType.Data, YamuxFlags.None, 77, int.MaxValue)],
            "data after fin" => [open, Frame(YamuxType.WindowUpdate, YamuxFlags.Fin, 1, 0), Frame(YamuxType.Data, YamuxFlags.None, 1, 1), new byte[1]],
            "unknown version" => [[1, .. open[1..]]],
            "unknown type" => [[0, 9, .. open[2..]]],
            "stream zero" => [Frame(YamuxType.Data, YamuxFlags.Syn, 0, 0)],
            "our ids" => [Frame(YamuxType.Data, YamuxFlags.Syn, 2, 0)],
            "twice" => [open, open],
            _ => [Frame(YamuxType.Ping, YamuxFlags.Syn, 1, 0)],
        };
        var (channel, muxed, _) = Listen();
        foreach (var frame in frames) channel.Send(frame);

        var end = await muxed.Completion.WaitAsync(TestHosts.Deadline);

        end.Fault.ShouldBe(ChannelFault.ProtocolViolation);
        end.Rule!.ShouldStartWith($"Yamux: {rule}");
        Frames(channel)[^1].ShouldBe(Goodbye);
        channel.Fault.ShouldBe(ChannelFault.ProtocolViolation);
        muxed.StreamCount.ShouldBeLessThanOrEqualTo(1);
    }

    /// <summary>Whoever asks and never reads the answers loses the connection; with the defence off the answers pile up.</summary>
    [Theory]
    [InlineData("ping", 100, true)]
    [InlineData("ping", int.MaxValue, false)]
    [InlineData("refused streams", 100, true)]
    [InlineData("refused streams", int.MaxValue, false)]
    public async Task Flood_FromARemoteThatDoesNotRead_IsBounded(string flood, int limit, bool ended)
    {
        const int Count = 5000;
        var (channel, muxed, _) = Listen(new YamuxOptions { MaxPendingControlFrames = limit, MaxInboundStreams = 0 });
        channel.Hold();
        for (var i = 0u; i < Count; i++) channel.Send(flood == "ping" ? Frame(YamuxType.Ping, YamuxFlags.Syn, 0, i) : Frame(YamuxType.Data, YamuxFlags.Syn, (2 * i) + 1, 0));
        if (ended)
        {
            var end = await muxed.Completion.WaitAsync(TestHosts.Deadline);
            end.Fault.ShouldBe(ChannelFault.LimitExceeded);
            end.Rule.ShouldBe("Yamux: 100 answers wait because the remote does not read");
            return;
        }
        channel.End();
        (await muxed.Completion.WaitAsync(TestHosts.Deadline)).Fault.ShouldBe(ChannelFault.ConnectionLost, "nothing stopped it: all answers were kept");
    }

    [Theory]
    [InlineData(50, true)]
    [InlineData(int.MaxValue, false)]
    public async Task RapidReset_EndsTheConnectionUnlessTheDefenceIsOff(int budget, bool ended)
    {
        var (channel, muxed, opened) = Listen(new YamuxOptions { ResetBudget = budget });
        for (var i = 0u; i < 1000; i++)
        {
            channel.Send(Frame(YamuxType.WindowUpdate, YamuxFlags.Syn, (2 * i) + 1, 0));
            channel.Send(Frame(YamuxType.WindowUpdate, YamuxFlags.Rst, (2 * i) + 1, 0));
        }
        channel.End();
        var end = await muxed.Completion.WaitAsync(TestHosts.Deadline);
        end.Fault.ShouldBe(ended ? ChannelFault.ProtocolViolation : ChannelFault.ConnectionLost);
        if (ended) end.Rule!.ShouldContain("streams are reset too fast");
        opened.Count.ShouldBe(ended ? 51 : 1000);
    }

    [Fact]
    public async Task Streams_OverTheLimit_AreResetAndTheOthersGoOn()
    {
        var (channel, muxed, opened) = Listen(new YamuxOptions { MaxInboundStreams = 4 });
        for (var i = 0u; i < 100; i++)
        {
            channel.Send(Frame(YamuxType.Data, YamuxFlags.Syn, (2 * i) + 1, 2));
            channel.Send([1, 2]);
        }
        channel.Send(Frame(YamuxType.Data, YamuxFlags.None, 1, 1)).Send([3]);
        await TestHosts.UntilAsync(() => opened.Count == 4, "four are open");
        (await opened[0].ReadExactlyAsync(3)).ShouldBe(new byte[] { 1, 2, 3 });
        await TestHosts.UntilAsync(() => Frames(channel).Count == 96, "96 are refused");
        Frames(channel).ShouldAllBe(f => f.Type == YamuxType.WindowUpdate && f.Flags == YamuxFlags.Rst && f.StreamId > 7);
        muxed.StreamCount.ShouldBe(4);
        await muxed.DisposeAsync();
    }

    /// <summary>Bytes that come one to a frame, on many streams of which none is read, hold memory of about their number.</summary>
    [Theory]
    [InlineData(512, 1)]
    [InlineData(512, 40)]
    [InlineData(4, 5000)]
    public async Task OneByteFrames_NobodyReads_HoldLittleMoreThanTheirBytes(int streams, int each)
    {
        var (channel, muxed, opened) = Listen();
        var wire = new MemoryStream();
        for (var i = 0; i < each; i++)
        {
            for (var stream = 0; stream < streams; stream++)
            {
                wire.Write(Frame(YamuxType.Data, i == 0 ? YamuxFlags.Syn : YamuxFlags.None, (uint)(2 * stream) + 1, 1));
                wire.WriteByte(1);
            }
        }
        channel.Send(wire.ToArray()).Send(Frame(YamuxType.Ping, YamuxFlags.Syn, 0, 1));
        await TestHosts.UntilAsync(() => Frames(channel).Count > 0, "everything was taken in");

        opened.Count.ShouldBe(streams);
        foreach (var stream in opened) ((YamuxStream)stream).Inbox.Held.ShouldBeLessThanOrEqualTo((3 * each) + 512);
        await muxed.DisposeAsync();
        foreach (var stream in opened) ((YamuxStream)stream).Inbox.Held.ShouldBe(0, "the connection's end frees it");
    }

    /// <summary>A remote that is leaving gets no new streams; those that are open go on.</summary>
    [Fact]
    public async Task GoAway_Received_NewStreamsAreRefusedAndOpenOnesGoOn()
    {
        var (channel, muxed) = Dial();
        var stream = muxed.OpenStream();
        await stream.WriteAsync(new byte[1]);
        channel.Send(Frame(YamuxType.GoAway, YamuxFlags.None, 0, 0)).Send(Frame(YamuxType.Data, YamuxFlags.Ack, 1, 1)).Send([7]);
        (await stream.ReadExactlyAsync(1))[0].ShouldBe((byte)7);
        Should.Throw<ChannelException>(() => muxed.OpenStream()).Rule.ShouldBe("Yamux: the remote is going away");
        await stream.WriteAsync(new byte[5]);
        Frames(channel)[^1].ShouldBe(new YamuxHeader(YamuxType.Data, YamuxFlags.None, 1, 5));
        await muxed.DisposeAsync();
    }

    /// <summary>Streams that all have more to send than the line takes get their turns one after the other, and what waits to be sent stays within its bound.</summary>
    [Fact]
    public async Task Writers_OfManyStreamsOnASlowLine_TakeTurns()
    {
        const int Streams = 8, Rounds = 4, Size = 10_000;
        var (channel, muxed) = Dial(new YamuxOptions { MaxPendingBytes = Size + YamuxHeader.Size });
        var filler = muxed.OpenStream();
        var streams = Enumerable.Range(0, Streams).Select(_ => muxed.OpenStream()).ToArray();
        for (var round = 0; round < Rounds; round++)
        {
            // The line is busy with one frame and one more may wait for it, so all but the first have to ask for room, in this order.
            var before = Frames(channel).Count;
            channel.Hold();
            await filler.WriteAsync(new byte[1]);
            var writing = streams.Select(stream => stream.WriteAsync(new byte[Size], TestHosts.Deadline).AsTask()).ToArray();
            channel.Release();
            await Task.WhenAll(writing);
            await TestHosts.UntilAsync(() => Frames(channel).Count == before + 1 + Streams, "all is sent");
            Frames(channel).Skip(before + 1).Select(frame => frame.StreamId).ShouldBe(Enumerable.Range(1, Streams).Select(stream => (2 * (uint)stream) + 1), $"round {round}");
        }
        await muxed.DisposeAsync();
    }

    /// <summary>Noise between the frames, cut anywhere: it ends with a reason, never with an exception of ours.</summary>
    [Fact]
    public async Task Garbage_Seeded_EndsTheConnectionAlone()
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var (channel, muxed, _) = Listen();
            var garbage = ChannelExtensions.Random(5000, seed);
            // Half of the runs begin as frames do.
            if (seed % 2 == 0) Frame((YamuxType)(seed % 4), (YamuxFlags)(seed % 16), (uint)(seed % 5), (uint)(seed % 100)).CopyTo(garbage, 0);
            channel.Send(garbage).End();
            var end = await muxed.Completion.WaitAsync(TestHosts.Deadline);
            end.Fault.ShouldBeOneOf(ChannelFault.ProtocolViolation, ChannelFault.Truncated, ChannelFault.ConnectionLost);
            end.InnerException.ShouldBeNull();
        }
    }

    /// <summary>A write that waits for room while its stream is aborted may not follow the reset: it would open the stream anew, for ever, at the remote.</summary>
    [Fact]
    public async Task Abort_WhileAWriteWaits_NothingFollowsTheReset()
    {
        var (channel, muxed) = Dial(new YamuxOptions { MaxPendingBytes = 1000 });
        channel.Hold();
        var first = muxed.OpenStream();
        await first.WriteAsync(new byte[10]);
        await first.WriteAsync(new byte[990]);
        var second = muxed.OpenStream();
        var writing = second.WriteAsync(new byte[500]).AsTask();
        writing.IsCompleted.ShouldBeFalse();

        second.Abort();
        channel.Release();

        await Should.ThrowAsync<ChannelException>(writing);
        await first.WriteAsync(new byte[1]);
        await TestHosts.UntilAsync(() => Frames(channel).Count(f => f.StreamId == 1) == 3, "the other stream's data arrive");
        Frames(channel).ShouldAllBe(f => f.StreamId == 1 || f.Flags == YamuxFlags.Rst);
        muxed.StreamCount.ShouldBe(1);
        await muxed.DisposeAsync();
    }

    [Fact]
    public async Task Abort_StreamThatNobodyHeardOf_SendsNothing()
    {
        var (channel, muxed) = Dial();
        for (var i = 0; i < 5000; i++) muxed.OpenStream().Abort();
        await muxed.OpenStream().WriteAsync(new byte[1]);
        Frames(channel).Count.ShouldBe(1);
        muxed.StreamCount.ShouldBe(1);
        await muxed.DisposeAsync();
    }

    [Fact]
    public async Task Cancel_WriteThatWaitsForRoom_TheOpeningIsSentByTheNext()
    {
        var (channel, muxed) = Dial(new YamuxOptions { MaxPendingBytes = 1000 });
        channel.Hold();
        var first = muxed.OpenStream();
        await first.WriteAsync(new byte[10]);
        await first.WriteAsync(new byte[990]);
        var second = muxed.OpenStream();
        using (var cancel = new CancellationTokenSource())
        {
            var writing = second.WriteAsync(new byte[500], cancel.Token).AsTask();
            await cancel.CancelAsync();
            await Should.ThrowAsync<OperationCanceledException>(writing);
        }
        channel.Release();
        await second.WriteAsync(new byte[7]);
        await TestHosts.UntilAsync(() => Frames(channel).Any(f => f.StreamId == 3), "the second stream is opened");
        Frames(channel).Single(f => f.StreamId == 3).ShouldBe(new YamuxHeader(YamuxType.Data, YamuxFlags.Syn, 3, 7));
        ((YamuxStream)second).State.SendWindow.ShouldBe(YamuxOptions.InitialWindow - 7);
        await muxed.DisposeAsync();
    }

    [Fact]
    public async Task Ping_IsAnsweredWithItsValue_AnUnaskedAnswerIsIgnored()
    {
        var (channel, muxed, _) = Listen();
        channel.Send(Frame(YamuxType.Ping, YamuxFlags.Ack, 0, 9)).Send(Frame(YamuxType.Ping, YamuxFlags.Syn, 0, 0xdeadbeef));
        await TestHosts.UntilAsync(() => Frames(channel).Count == 1, "the ping is answered");
        Frames(channel)[0].ShouldBe(new YamuxHeader(YamuxType.Ping, YamuxFlags.Ack, 0, 0xdeadbeef));
        muxed.RoundTripTime.ShouldBeNull();
        await muxed.DisposeAsync();
    }

    [Fact]
    public async Task IdleConnection_HoldsNoBuffer()
    {
        var (channel, muxed, _) = Listen();
        for (var i = 0; i < 5; i++)
        {
            channel.Send(Frame(YamuxType.Ping, YamuxFlags.Syn, 0, 1));
            await TestHosts.UntilAsync(() => Frames(channel).Count == i + 1, "answered");
        }
        channel.EmptyReads.ShouldBe(5, "each wait was without a buffer");
        await muxed.DisposeAsync();
    }

    private static (ScriptedChannel Channel, IMuxedConnection Muxed, List<ByteChannel> Opened) Listen(YamuxOptions? options = null)
    {
        var channel = new ScriptedChannel();
        var opened = new List<ByteChannel>();
        var muxed = new YamuxMuxer(options).Create(channel, initiator: false, opened.Add);
        muxed.Start();
        return (channel, muxed, opened);
    }

    private static (ScriptedChannel Channel, IMuxedConnection Muxed) Dial(YamuxOptions? options = null)
    {
        var channel = new ScriptedChannel();
        var muxed = new YamuxMuxer(options).Create(channel, initiator: true, stream => stream.Abort());
        muxed.Start();
        return (channel, muxed);
    }

    private static byte[] Frame(YamuxType type, YamuxFlags flags, uint stream, uint length)
    {
        var bytes = new byte[YamuxHeader.Size];
        new YamuxHeader(type, flags, stream, length).Write(bytes);
        return bytes;
    }

    private static List<YamuxHeader> Frames(ScriptedChannel channel)
    {
        var frames = new List<YamuxHeader>();
        var written = channel.Written;
        for (var at = 0; at + YamuxHeader.Size <= written.Length;)
        {
            var header = YamuxHeader.Read(written.AsSpan(at));
            frames.Add(header);
            at += YamuxHeader.Size + (header.Type == YamuxType.Data ? (int)header.Length : 0);
        }
        return frames;
    }
}
