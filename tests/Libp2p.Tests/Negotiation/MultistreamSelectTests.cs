using System.Text;
using IppanFleet.Libp2p.Negotiation;
using IppanFleet.Libp2p.Tests.Channels;
using IppanFleet.Libp2p.Transports.Memory;

namespace IppanFleet.Libp2p.Tests.Negotiation;

[Trait("area", "libp2p")]
public sealed class MultistreamSelectTests
{
    [Fact]
    public void Propose_Bytes_AreThoseOfTheSpecification() =>
        Encoding.ASCII.GetString(MultistreamSelect.Propose("/noise")).ShouldBe("\x13/multistream/1.0.0\n\x07/noise\n");

    [Theory]
    [InlineData("/a", "/a", "/a")]
    [InlineData("/a,/b,/c", "/c", "/c")]
    [InlineData("/a,/b,/c", "/b,/c", "/b")]
    [InlineData("/a,/b", "/c", null)]
    [InlineData("", "/c", null)]
    public async Task DialAndListen_SeveralProposals_AgreeOnTheDialersFirst(string proposed, string supported, string? expected)
    {
        var (near, far) = MemoryChannel.CreatePair();
        var supports = supported.Split(',');
        var listening = MultistreamSelect.ListenAsync(far, supports.Contains, TestHosts.Deadline).AsTask();
        var dialed = await MultistreamSelect.DialAsync(near, proposed.Split(',', StringSplitOptions.RemoveEmptyEntries), TestHosts.Deadline);
        dialed.ShouldBe(expected);
        await near.CloseWriteAsync();
        if (proposed.Length == 0) await Should.ThrowAsync<ChannelException>(listening);
        else (await listening).ShouldBe(expected);
    }

    [Fact]
    public async Task Listen_BytesOneByOne_LeavesWhatFollows()
    {
        byte[] sent = [.. MultistreamSelect.Propose("/echo"), .. "hello"u8];
        var channel = ScriptedChannel.Of(sent.Select(b => new[] { b }));
        (await MultistreamSelect.ListenAsync(channel, p => p == "/echo", TestHosts.Deadline)).ShouldBe("/echo");
        (await channel.ReadExactlyAsync(5)).ShouldBe("hello"u8.ToArray());
        channel.Written.ShouldBe(MultistreamSelect.Propose("/echo"));
    }

    public static TheoryData<string, ChannelFault> Wrong => new()
    {
        { "", ChannelFault.Truncated },
        { "\x13/multistream/1.0.0", ChannelFault.Truncated },
        { "\x13/multistream/1.0.0 ", ChannelFault.ProtocolViolation },
        { "\x13/multistream/2.0.0\n", ChannelFault.ProtocolViolation },
        { "\x07/noise\n", ChannelFault.ProtocolViolation },
        { "\0", ChannelFault.ProtocolViolation },
        { "\x13/multistream/1.0.0\n", ChannelFault.Truncated },
        { "\x13/multistream/1.0.0\n\0", ChannelFault.ProtocolViolation },
        { "\x13/multistream/1.0.0\n\x02na", ChannelFault.ProtocolViolation },
        { "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n" + "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", ChannelFault.ProtocolViolation },
    };

    [Theory]
    [Trait("area", "attack")]
    [MemberData(nameof(Wrong))]
    public async Task Listen_NotMultistream_IsRefused(string sent, ChannelFault fault)
    {
        var refused = await Should.ThrowAsync<ChannelException>(
            MultistreamSelect.ListenAsync(ScriptedChannel.Of(Encoding.Latin1.GetBytes(sent)).End(), _ => true, TestHosts.Deadline).AsTask());
        refused.Fault.ShouldBe(fault);
        refused.Rule!.ShouldStartWith("multistream-select: ");
        refused.Message.Any(char.IsControl).ShouldBeFalse();
    }

    [Theory]
    [Trait("area", "attack")]
    [InlineData("8108")] // 1025
    [InlineData("ffff7f")]
    [InlineData("ffffffffffffffff7f")]
    [InlineData("9300")] // not minimal
    public async Task Listen_OversizedOrOddLength_IsRefusedWithoutReadingIt(string length)
    {
        var channel = ScriptedChannel.Of([.. Convert.FromHexString(length), .. new byte[5000]]);
        (await Should.ThrowAsync<ChannelException>(MultistreamSelect.ListenAsync(channel, _ => true, TestHosts.Deadline).AsTask())).Fault.ShouldBe(ChannelFault.ProtocolViolation);
        channel.LargestReadBuffer.ShouldBe(1);
    }

    [Fact]
    [Trait("area", "attack")]
    public async Task Listen_EndlessProposals_AreCut()
    {
        var channel = new ScriptedChannel();
        channel.Send(MultistreamSelect.Propose("/p0"));
        for (var i = 1; i < 1000; i++) channel.Send([5, (byte)'/', (byte)'p', (byte)('a' + (i % 26)), (byte)('a' + (i / 26 % 26)), (byte)'\n']);
        var refused = await Should.ThrowAsync<ChannelException>(MultistreamSelect.ListenAsync(channel, _ => false, TestHosts.Deadline).AsTask());
        refused.Fault.ShouldBe(ChannelFault.LimitExceeded);
        refused.Rule!.ShouldContain("64 proposals");
    }

    [Fact]
    [Trait("area", "attack")]
    public async Task Dial_AnswerThatWasNotAsked_IsRefused()
    {
        var channel = ScriptedChannel.Of(MultistreamSelect.Propose("/other\u001b[2J"));
        var refused = await Should.ThrowAsync<ChannelException>(MultistreamSelect.DialAsync(channel, ["/a"], TestHosts.Deadline).AsTask());
        refused.Rule.ShouldBe("multistream-select: '/other\\u001B[2J' is no answer to '/a'");
    }

    [Fact]
    public async Task LazyDial_Accepted_TravelsWithTheFirstBytes()
    {
        var channel = ScriptedChannel.Of([.. MultistreamSelect.Propose("/echo"), .. "pong"u8]);
        var lazy = new LazyDialChannel(channel, "/echo");
        await lazy.WriteAsync("ping"u8.ToArray());
        channel.Written.ShouldBe([.. MultistreamSelect.Propose("/echo"), .. "ping"u8]);
        (await lazy.ReadExactlyAsync(4)).ShouldBe("pong"u8.ToArray());
        await lazy.WriteAsync("more"u8.ToArray());
        channel.Written.Length.ShouldBe(MultistreamSelect.Propose("/echo").Length + 8);
    }

    [Theory]
    [InlineData("read")]
    [InlineData("close")]
    public async Task LazyDial_NothingWritten_ProposesAllTheSame(string by)
    {
        var channel = ScriptedChannel.Of(MultistreamSelect.Propose("/echo")).End();
        var lazy = new LazyDialChannel(channel, "/echo");
        if (by == "read") (await lazy.ReadAsync(new byte[1])).ShouldBe(0);
        else await lazy.CloseWriteAsync();
        channel.Written.ShouldBe(MultistreamSelect.Propose("/echo"));
    }

    [Fact]
    public async Task LazyDial_Refused_FailsAtTheFirstReadAndEndsTheStream()
    {
        var channel = ScriptedChannel.Of(Encoding.ASCII.GetBytes("\x13/multistream/1.0.0\n\x03na\n"));
        var lazy = new LazyDialChannel(channel, "/echo");
        await lazy.WriteAsync("ping"u8.ToArray());
        var refused = await Should.ThrowAsync<ChannelException>(lazy.ReadAsync(new byte[1]).AsTask());
        refused.Rule.ShouldBe("the remote does not speak /echo");
        channel.Fault.ShouldBe(ChannelFault.ProtocolViolation);
    }

    /// <summary>The first read and the first write come at the same time: one proposal, and nothing before it.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task LazyDial_FirstReadAndWriteAtOnce_ProposeOnce(bool readFirst)
    {
        var channel = new ScriptedChannel();
        channel.Hold();
        var lazy = new LazyDialChannel(channel, "/echo");
        Task<int>? reading = null;
        if (readFirst) reading = lazy.ReadAsync(new byte[10]).AsTask();
        var writing = lazy.WriteAsync("ping"u8.ToArray()).AsTask();
        reading ??= lazy.ReadAsync(new byte[10]).AsTask();
        channel.Release();
        await writing.WaitAsync(TestHosts.Deadline);
        channel.Written.ShouldBe([.. MultistreamSelect.Propose("/echo"), .. "ping"u8]);
        channel.Send([.. MultistreamSelect.Propose("/echo"), .. "pong"u8]);
        (await reading.WaitAsync(TestHosts.Deadline)).ShouldBe(4);
    }

    [Fact]
    public async Task LazyDial_FirstWriteCancelled_TheNextProposes()
    {
        var channel = new ScriptedChannel();
        channel.Hold();
        var lazy = new LazyDialChannel(channel, "/echo");
        using (var cancel = new CancellationTokenSource())
        {
            var writing = lazy.WriteAsync("lost"u8.ToArray(), cancel.Token).AsTask();
            await cancel.CancelAsync();
            await Should.ThrowAsync<OperationCanceledException>(writing);
        }
        channel.Release();
        await lazy.WriteAsync("ping"u8.ToArray());
        channel.Written.ShouldBe([.. MultistreamSelect.Propose("/echo"), .. "ping"u8]);
    }

    [Fact]
    public async Task LazyDial_FirstReadCancelledInsideTheAnswer_TheNextGoesOn()
    {
        var answer = MultistreamSelect.Propose("/echo");
        var channel = ScriptedChannel.Of(answer[..23]);
        var lazy = new LazyDialChannel(channel, "/echo");
        using (var cancel = new CancellationTokenSource())
        {
            var reading = lazy.ReadAsync(new byte[4], cancel.Token).AsTask();
            await TestHosts.UntilAsync(() => channel.Written.Length > 0, "proposed");
            await cancel.CancelAsync();
            await Should.ThrowAsync<OperationCanceledException>(reading);
        }
        channel.Send(answer[23..]).Send("pong"u8.ToArray());
        (await lazy.ReadExactlyAsync(4)).ShouldBe("pong"u8.ToArray());
    }

    [Fact]
    public async Task LazyDial_LargeFirstWrite_ArrivesWhole()
    {
        var channel = new ScriptedChannel();
        var lazy = new LazyDialChannel(channel, "/echo");
        var data = ChannelExtensions.Random(500_000);
        await lazy.WriteAsync(data);
        channel.Written.AsSpan().SequenceEqual([.. MultistreamSelect.Propose("/echo"), .. data]).ShouldBeTrue();
    }

    [Fact]
    public async Task Buffered_ReadsAhead_ThenIsTransparent()
    {
        var data = ChannelExtensions.Random(10_000);
        var inner = ScriptedChannel.Of(data).End();
        var buffered = new BufferedChannel(inner);
        var got = new MemoryStream();
        var random = new Random(1);
        while (true)
        {
            var part = new byte[random.Next(1, 4000)];
            await buffered.ReadAsync(Memory<byte>.Empty);
            var read = await buffered.ReadAsync(part);
            if (read == 0) break;
            got.Write(part, 0, read);
        }
        got.ToArray().ShouldBe(data);
    }
}
