namespace IppanFleet.Libp2p.Muxers.Yamux;

/// <summary>The I/O around a <see cref="YamuxSession"/>: one read loop, one writer, a lock for the state.</summary>
internal sealed partial class YamuxConnection : IMuxedConnection
{
    /// <summary>The largest body that we send, in bytes: after so many another stream has its turn.</summary>
    internal const int MaxBody = 64 * 1024;

    private readonly ByteChannel _channel;
    private readonly YamuxOptions _options;
    private readonly YamuxSession _session;
    private readonly Action<ByteChannel> _onStream;
    private readonly HashSet<YamuxStream> _live = [];
    private readonly TaskCompletionSource<ChannelException> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _reading = Task.CompletedTask;
    private ChannelException? _end;
    private readonly TimeProvider _time;
    private readonly long _created;
    private readonly YamuxKeepAlive _keepAlive;
    private long _heard;

    internal YamuxConnection(ByteChannel channel, bool initiator, YamuxOptions options, TimeProvider time, Action<ByteChannel> onStream, IWindowBudget? windows)
    {
        (_channel, _options, _time, _onStream) = (channel, options, time, onStream);
        _created = time.GetTimestamp();
        _keepAlive = new YamuxKeepAlive(options.KeepAliveInterval, options.KeepAliveTimeout);
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

    public TimeSpan? RoundTripTime
    {
        get
        {
            lock (Gate) return _keepAlive.RoundTrip;
        }
    }

    public Task<ChannelException> Completion => _completion.Task;

    /// <summary>Guards the session's state.</summary>
    internal Lock Gate { get; } = new();

    internal YamuxWriter Writer { get; }

    /// <summary>Time since the connection began.</summary>
    internal TimeSpan Now => _time.GetElapsedTime(_created);

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

    public void Tend()
    {
        var now = Now;
        KeepAliveStep step;
        uint value = 0;
        List<YamuxStream>? lingering = null;
        lock (Gate)
        {
            if (_end is not null) return;
            step = _keepAlive.Tick(now, _heard);
            if (step == KeepAliveStep.Ping) value = _keepAlive.Ask(now);
            foreach (var stream in _live)
            {
                if (stream.DisposedAt is { } disposed && now - disposed >= _options.LingerTimeout) (lingering ??= []).Add(stream);
            }
        }
        if (step == KeepAliveStep.Dead)
        {
            End(new ChannelException(ChannelFault.TimedOut, $"Yamux: a ping was not answered for {_options.KeepAliveTimeout.TotalSeconds:0.#} s (YamuxOptions.KeepAliveTimeout)"));
            return;
        }
        if (step == KeepAliveStep.Ping) Send(new YamuxHeader(YamuxType.Ping, YamuxFlags.Syn, 0, value));
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
        YamuxHeader update;
        uint? ping = null;
        lock (Gate)
        {
            if (_end is not null || stream.State.Done) return;
            var now = Now;
            var credit = _session.Consume(stream.State, bytes, now.Ticks, _keepAlive.RoundTrip?.Ticks ?? 0);
            if (credit == 0) return;
            update = new YamuxHeader(YamuxType.WindowUpdate, stream.State.TakeFirstFlags(), stream.State.Id, credit);
            // The first large transfer asks for the round-trip time, by which windows grow.
            if (_keepAlive.CanMeasure) ping = _keepAlive.Ask(now);
        }
        if (ping is { } value) Send(new YamuxHeader(YamuxType.Ping, YamuxFlags.Syn, 0, value));
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
}
