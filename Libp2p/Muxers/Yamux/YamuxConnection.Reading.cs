using System.Runtime.CompilerServices;

namespace IppanFleet.Libp2p.Muxers.Yamux;

/// <content>The read loop.</content>
internal sealed partial class YamuxConnection
{
    private async Task ReadLoopAsync()
    {
        var input = new YamuxInput(_channel);
        try
        {
            while (await input.EnsureAsync(YamuxHeader.Size).ConfigureAwait(false))
            {
                var header = YamuxHeader.Read(input.Take(YamuxHeader.Size));
                var verdict = Judge(header);
                if (verdict.Fault != YamuxFault.None)
                {
                    Writer.TryWrite(new YamuxHeader(YamuxType.GoAway, YamuxFlags.None, 0, 1));
                    End(new ChannelException(ChannelFault.ProtocolViolation, $"Yamux: {Describe(verdict.Fault)} ({header.Type} on stream {header.StreamId}, length {header.Length})"));
                    return;
                }
                if (header.Type == YamuxType.Data && header.Length > 0)
                {
                    if (verdict.Action == YamuxAction.Deliver) await PassBodyAsync(input, verdict.Stream!.Stream!, (int)header.Length).ConfigureAwait(false);
                    else await SkipBodyAsync(input, header.Length).ConfigureAwait(false);
                }
                // Whoever serves the stream finds there what came with its opening, and need not wait for it.
                if (verdict.Opened) _onStream(verdict.Stream!.Stream!);
                Conclude(header, verdict);
            }
            End(new ChannelException(ChannelFault.ConnectionLost, "the remote closed the connection"));
        }
        catch (Exception e)
        {
            // Whatever came in, this connection alone ends, with its reason.
            End(e as ChannelException ?? new ChannelException(ChannelFault.ConnectionLost, e.GetType().Name, e));
        }
        finally
        {
            input.Dispose();
        }
    }

    private YamuxVerdict Judge(in YamuxHeader header)
    {
        lock (Gate)
        {
            if (_end is { } end) throw end;
            _heard++;
            if (header is { Type: YamuxType.Ping, StreamId: 0 } && !header.Has(YamuxFlags.Syn)) _keepAlive.Answered(header.Length, Now);
            var verdict = _session.Receive(header, Now.Ticks / TimeSpan.TicksPerMillisecond);
            if (verdict.Opened) Adopt(verdict.Stream!);
            if (verdict.CreditAdded) verdict.Stream!.Stream!.CreditAdded();
            if (verdict.Stream?.Stream is { } stream && stream.State.Done) _live.Remove(stream);
            return verdict;
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask PassBodyAsync(YamuxInput input, YamuxStream stream, int left)
    {
        for (; left > 0; _heard++)
        {
            if (input.Available == 0)
            {
                var something = _channel.ReadAsync(Memory<byte>.Empty);
                // A reader does not wait for the rest of a frame that is still under way.
                if (!something.IsCompleted) Credit(stream, stream.Inbox.Flush());
                await something.ConfigureAwait(false);
                if (stream.Inbox.Claim(left) is { IsEmpty: false } target)
                {
                    left -= await ReadIntoAsync(stream, target).ConfigureAwait(false);
                    continue;
                }
            }
            var part = await TakeAsync(input, left).ConfigureAwait(false);
            Credit(stream, stream.Inbox.Deliver(input.Taken(part)));
            left -= part;
        }
        Credit(stream, stream.Inbox.Flush());
        if (stream.IsOverrun) ResetStream(stream, new ChannelException(ChannelFault.LimitExceeded, "Yamux: the remote sends on to a stream that was disposed of"));
    }

    /// <summary>Reads a part of a body to where it will stay.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> ReadIntoAsync(YamuxStream stream, Memory<byte> target)
    {
        var read = 0;
        try
        {
            read = await _channel.ReadAsync(target).ConfigureAwait(false);
        }
        finally
        {
            Credit(stream, stream.Inbox.Commit(read));
        }
        return read > 0 ? read : throw Truncated();
    }

    private static async ValueTask SkipBodyAsync(YamuxInput input, uint left)
    {
        while (left > 0) left -= (uint)await TakeAsync(input, (int)Math.Min(left, int.MaxValue)).ConfigureAwait(false);
    }

    private static async ValueTask<int> TakeAsync(YamuxInput input, int most)
    {
        if (!await input.EnsureAsync(1).ConfigureAwait(false)) throw Truncated();
        return input.Take(Math.Min(most, input.Available)).Length;
    }

    private static ChannelException Truncated() => new(ChannelFault.Truncated, "Yamux: closed inside a frame");

    private void Credit(YamuxStream stream, int given)
    {
        if (given > 0) Consumed(stream, (uint)given);
    }

    private void Conclude(in YamuxHeader header, in YamuxVerdict verdict)
    {
        if (verdict.WasReset) verdict.Stream!.Stream!.Fail(new ChannelException(ChannelFault.Reset));
        else if (verdict.Closed) verdict.Stream!.Stream!.Inbox.EndOfInput();
        if (verdict.Action == YamuxAction.AnswerPing) Send(new YamuxHeader(YamuxType.Ping, YamuxFlags.Ack, 0, header.Length));
        else if (verdict.Action == YamuxAction.RefuseStream) Send(new YamuxHeader(YamuxType.WindowUpdate, YamuxFlags.Rst, header.StreamId, 0));
    }

    private static string Describe(YamuxFault fault) => fault switch
    {
        YamuxFault.UnknownVersion => "unknown version",
        YamuxFault.UnknownType => "unknown frame type",
        YamuxFault.StreamZero => "stream 0 carries no data",
        YamuxFault.WrongParity => "the stream id belongs to the other side",
        YamuxFault.StreamExists => "the stream exists already",
        YamuxFault.WindowExceeded => "more than the receive window",
        YamuxFault.CreditOverflow => "window credit beyond 32 bits",
        YamuxFault.DataAfterClose => "data after the stream was closed",
        YamuxFault.SessionFrameOnStream => "a session frame on a stream",
        YamuxFault.TooManyResets => "streams are reset too fast",
        _ => "the remote reports an error",
    };
}
