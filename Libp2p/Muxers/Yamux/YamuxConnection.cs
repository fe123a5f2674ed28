using System.Diagnostics;

namespace IppanFleet.Libp2p.Muxers.Yamux;

/// <summary>Yamux, <c>/yamux/1.0.0</c> (https://github.com/hashicorp/yamux/blob/master/spec.md).</summary>
public sealed class YamuxMuxer(YamuxOptions? options = null) : IMuxer
{
    private readonly YamuxOptions _options = options ?? new YamuxOptions();

    /// <inheritdoc/>
    public string Protocol => "/yamux/1.0.0";

    /// <inheritdoc/>
    public IMuxedConnection Create(ByteChannel channel, bool initiator, Action<ByteChannel> onStream, IWindowBudget? windows = null) =>
        new YamuxConnection(channel, initiator, _options, onStream, windows);
}

/// <summary>The I/O around a <see cref="YamuxSession"/>: one read loop, one writer, a lock for the state.</summary>
internal sealed class YamuxConnection : IMuxedConnection
{
    /// <summary>The largest body that we send: with its header it fills one Noise frame.</summary>
    internal const int MaxBody = 65535 - 16 - YamuxHeader.Size;

    private const int ReadBuffer = 64 * 1024;

    private readonly ByteChannel _channel;
    private readonly YamuxOptions _options;
    private readonly YamuxSession _session;
    private readonly Action<ByteChannel> _onStream;
    private readonly HashSet<YamuxStream> _live = [];
    private readonly TaskCompletionSource<ChannelException> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _reading = Task.CompletedTask;
    private ChannelException? _end;
    private long _roundTrip, _pingSent;

    internal YamuxConnection(ByteChannel channel, bool initiator, YamuxOptions options, Action<ByteChannel> onStream, IWindowBudget? windows)
    {
        (_channel, _options, _onStream) = (channel, options, onStream);
        _session = new YamuxSession(initiator, options, windows);
        Writer = new YamuxWriter(channel, options, end => End(end));
    }

    public int StreamCount
    {
        get
        {
            lock (Gate) return _session.StreamCount;
        }
    }

    public TimeSpan? RoundTripTime => Interlocked.Read(ref _roundTrip) is > 0 and var ticks ? Stopwatch.GetElapsedTime(0, ticks) : null;

    public Task<ChannelException> Completion => _completion.Task;

    /// <summary>Guards the session's state.</summary>
    internal Lock Gate { get; } = new();

    internal YamuxWriter Writer { get; }

    public void Start() => _reading = ReadLoopAsync();

    public ByteChannel OpenStream()
    {
        lock (Gate)
        {
            if (_end is { } end) throw new ChannelException(end.Fault, end.Rule, end);
            if (!_session.TryOpen(out var state))
            {
                throw _session.RemoteGoingAway
                    ? new ChannelException(ChannelFault.ConnectionLost, "Yamux: the remote is going away")
                    : new ChannelException(ChannelFault.LimitExceeded, $"Yamux: {_options.MaxOutboundStreams} streams are open (YamuxOptions.MaxOutboundStreams)");
            }
            return Adopt(state);
        }
    }

    public void ResetLingering()
    {
        List<YamuxStream>? lingering = null;
        lock (Gate)
        {
            foreach (var stream in _live)
            {
                if (stream.LingersFor >= _options.LingerTimeout) (lingering ??= []).Add(stream);
            }
        }
        if (lingering is null) return;
        foreach (var stream in lingering) ResetStream(stream, new ChannelException(ChannelFault.TimedOut, "Yamux: disposed of, and the remote does not close (YamuxOptions.LingerTimeout)"));
    }

    public async ValueTask CloseAsync(CancellationToken cancellationToken = default)
    {
        Writer.TryWrite(new YamuxHeader(YamuxType.GoAway, YamuxFlags.None, 0, 0));
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(_options.CloseTimeout);
        try
        {
            await Writer.DrainAsync(deadline.Token).ConfigureAwait(false);
            await _channel.CloseWriteAsync(deadline.Token).ConfigureAwait(false);
            await _completion.Task.WaitAsync(deadline.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is OperationCanceledException or ChannelException)
        {
            // The remote did not wait for the goodbye, or never answers it: end all the same.
        }
        End(new ChannelException(ChannelFault.Aborted));
        await _reading.ConfigureAwait(false);
    }

    public void Abort(ChannelFault fault = ChannelFault.Aborted, string? rule = null) => End(new ChannelException(fault, rule));

    public async ValueTask DisposeAsync()
    {
        Abort();
        await _reading.ConfigureAwait(false);
    }

    /// <summary>The reader of a stream took bytes: gives credit back in halves of a window.</summary>
    internal void Consumed(YamuxStream stream, uint bytes)
    {
        YamuxHeader update = default;
        var ping = false;
        lock (Gate)
        {
            if (_end is not null || stream.State.Done) return;
            var now = Stopwatch.GetTimestamp();
            var credit = _session.Consume(stream.State, bytes, now, _roundTrip);
            if (credit == 0) return;
            update = new YamuxHeader(YamuxType.WindowUpdate, stream.State.TakeFirstFlags(), stream.State.Id, credit);
            // The first large transfer asks for the round-trip time, by which windows grow.
            if (_pingSent == 0) (_pingSent, ping) = (now, true);
        }
        if (ping) Writer.TryWrite(new YamuxHeader(YamuxType.Ping, YamuxFlags.Syn, 0, 1));
        Send(update);
    }

    internal void CloseLocal(YamuxStream stream)
    {
        YamuxHeader fin;
        lock (Gate)
        {
            if (stream.State.LocalClosed || stream.State.Reset || _end is not null) return;
            stream.State.CloseLocal();
            fin = new YamuxHeader(YamuxType.WindowUpdate, stream.State.TakeFirstFlags() | YamuxFlags.Fin, stream.State.Id, 0);
            Forget(stream);
        }
        Send(fin);
    }

    internal void ResetStream(YamuxStream stream, ChannelException end)
    {
        var alive = false;
        YamuxHeader reset = default;
        lock (Gate)
        {
            if (!stream.State.Done && _end is null)
            {
                alive = stream.State.Announced;
                reset = new YamuxHeader(YamuxType.WindowUpdate, stream.State.TakeFirstFlags() | YamuxFlags.Rst, stream.State.Id, 0);
                stream.State.MarkReset();
                Forget(stream);
            }
        }
        stream.Fail(end);
        if (alive) Send(reset);
    }

    private YamuxStream Adopt(YamuxStreamState state)
    {
        var stream = new YamuxStream(this, state);
        state.Stream = stream;
        _live.Add(stream);
        return stream;
    }

    private void Forget(YamuxStream stream)
    {
        _session.RemoveIfDone(stream.State);
        if (stream.State.Done) _live.Remove(stream);
    }

    private void Send(in YamuxHeader frame)
    {
        if (!Writer.TryWrite(frame)) End(new ChannelException(ChannelFault.LimitExceeded, $"Yamux: {_options.MaxPendingControlFrames} answers wait because the remote does not read"));
    }

    private async Task ReadLoopAsync()
    {
        var input = new YamuxInput(_channel, ReadBuffer);
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
                if (header.Type == YamuxType.Data && header.Length > 0) await PassBodyAsync(input, verdict, header.Length).ConfigureAwait(false);
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
            var verdict = _session.Receive(header, Environment.TickCount64);
            if (verdict.Opened) Adopt(verdict.Stream!);
            if (verdict.CreditAdded) verdict.Stream!.Stream!.CreditAdded();
            if (verdict.Stream?.Stream is { } stream && stream.State.Done) _live.Remove(stream);
            return verdict;
        }
    }

    private async ValueTask PassBodyAsync(YamuxInput input, YamuxVerdict verdict, uint length)
    {
        var stream = verdict.Action == YamuxAction.Deliver ? verdict.Stream!.Stream : null;
        for (var left = (int)length; left > 0;)
        {
            if (!await input.EnsureAsync(1).ConfigureAwait(false)) throw new ChannelException(ChannelFault.Truncated, "Yamux: closed inside a frame");
            var part = input.Take(Math.Min(left, input.Available));
            stream?.Deliver(part);
            left -= part.Length;
        }
        if (stream is { IsOverrun: true }) ResetStream(stream, new ChannelException(ChannelFault.LimitExceeded, "Yamux: the remote sends on to a stream that was disposed of"));
    }

    private void Conclude(in YamuxHeader header, in YamuxVerdict verdict)
    {
        if (verdict.WasReset) verdict.Stream!.Stream!.Fail(new ChannelException(ChannelFault.Reset));
        else if (verdict.Closed) verdict.Stream!.Stream!.EndOfInput();
        if (verdict.Action == YamuxAction.AnswerPing) Send(new YamuxHeader(YamuxType.Ping, YamuxFlags.Ack, 0, header.Length));
        else if (verdict.Action == YamuxAction.RefuseStream) Send(new YamuxHeader(YamuxType.WindowUpdate, YamuxFlags.Rst, header.StreamId, 0));
        else if (verdict.Action == YamuxAction.PingAnswered && Interlocked.Read(ref _pingSent) is > 0 and var sent) Interlocked.Exchange(ref _roundTrip, Math.Max(1, Stopwatch.GetTimestamp() - sent));
    }

    private void End(ChannelException end)
    {
        YamuxStream[] streams;
        lock (Gate)
        {
            if (_end is not null) return;
            _end = end;
            _session.ReleaseGrowth();
            streams = [.. _live];
            _live.Clear();
        }
        _channel.Abort(end.Fault, end.Rule);
        Writer.End(end);
        var lost = new ChannelException(ChannelFault.ConnectionLost, end.Rule, end);
        foreach (var stream in streams) stream.Fail(lost);
        _completion.TrySetResult(end);
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
