namespace IppanFleet.Libp2p.Muxers.Yamux;

/// <summary>One stream of a Yamux connection.</summary>
internal sealed class YamuxStream : ByteChannel
{
    private readonly YamuxConnection _connection;
    private readonly Lock _gate = new();
    private readonly ByteQueue _received = new();
    private readonly AsyncSignal _readable, _writable;
    private ChannelException? _end;
    private bool _ended, _inputLost;
    private volatile bool _discarding;
    private long _disposedAt;

    internal YamuxStream(YamuxConnection connection, YamuxStreamState state)
    {
        _connection = connection;
        State = state;
        _readable = new AsyncSignal(_gate);
        _writable = new AsyncSignal(connection.Gate);
    }

    internal YamuxStreamState State { get; }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            ValueTask readable;
            int taken;
            lock (_gate)
            {
                if (_inputLost) throw new ChannelException(_end!.Fault, _end.Rule, _end);
                if (_received.Length == 0)
                {
                    if (_ended) return 0;
                    readable = _readable.WaitAsync(cancellationToken);
                    taken = -1;
                }
                else
                {
                    readable = default;
                    taken = _received.Take(buffer.Span);
                }
            }
            if (taken < 0)
            {
                await readable.ConfigureAwait(false);
                continue;
            }
            if (taken > 0) _connection.Consumed(this, (uint)taken);
            return taken;
        }
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default)
    {
        while (!data.IsEmpty)
        {
            YamuxHeader header = default;
            ValueTask writable = default;
            int size;
            lock (_connection.Gate)
            {
                ThrowIfUnwritable();
                size = State.TakeSendWindow(Math.Min(data.Length, YamuxConnection.MaxBody));
                if (size == 0) writable = _writable.WaitAsync(cancellationToken);
                else header = new YamuxHeader(YamuxType.Data, State.TakeFirstFlags(), State.Id, (uint)size);
            }
            if (size == 0)
            {
                await writable.ConfigureAwait(false);
                continue;
            }
            try
            {
                if (await _connection.Writer.WriteAsync(header, data[..size], State, cancellationToken).ConfigureAwait(false)) data = data[size..];
            }
            catch (OperationCanceledException)
            {
                lock (_connection.Gate) State.Return(size, header.Flags);
                throw;
            }
        }
    }

    public override ValueTask CloseWriteAsync(CancellationToken cancellationToken = default)
    {
        _connection.CloseLocal(this);
        return ValueTask.CompletedTask;
    }

    public override void Abort(ChannelFault fault = ChannelFault.Aborted, string? rule = null) => _connection.ResetStream(this, new ChannelException(fault, rule));

    /// <summary>Closes our direction and throws away what still comes: the remote keeps what was written. When it sends on for more than a window, the stream is reset.</summary>
    public override ValueTask DisposeAsync()
    {
        int unread;
        lock (_gate)
        {
            if (!_discarding) _disposedAt = Environment.TickCount64;
            _discarding = true;
            unread = _received.Length;
            _received.Clear();
        }
        // The remote may be waiting for the credit of what nobody will read.
        if (unread > 0) _connection.Consumed(this, (uint)unread);
        _connection.CloseLocal(this);
        return ValueTask.CompletedTask;
    }

    /// <summary>How long ago it was disposed of; negative when it was not.</summary>
    internal TimeSpan LingersFor => _discarding ? TimeSpan.FromMilliseconds(Environment.TickCount64 - _disposedAt) : TimeSpan.FromMilliseconds(-1);

    /// <summary>Whether nobody reads any more and the remote has filled the window all the same: it would wait for ever.</summary>
    internal bool IsOverrun => _discarding && State.ReceiveWindow == 0;

    internal void Deliver(ReadOnlySpan<byte> data)
    {
        lock (_gate)
        {
            if (_discarding || _end is not null) return;
            _received.Append(data);
            _readable.Set();
        }
    }

    /// <summary>The remote closed its direction; what was received stays readable.</summary>
    internal void EndOfInput()
    {
        lock (_gate)
        {
            _ended = true;
            _readable.Set();
        }
    }

    /// <summary>Both directions are gone; what a remote sent before it closed its direction outlives the connection. Called without the connection's lock.</summary>
    internal void Fail(ChannelException end)
    {
        lock (_gate)
        {
            _end ??= end;
            if (!_ended || end.Fault != ChannelFault.ConnectionLost)
            {
                _inputLost = true;
                _received.Clear();
            }
            _readable.Set();
        }
        lock (_connection.Gate) _writable.Set();
    }

    /// <summary>More may be sent. Called under the connection's lock.</summary>
    internal void CreditAdded() => _writable.Set();

    private void ThrowIfUnwritable()
    {
        if (_end is { } end) throw new ChannelException(end.Fault, end.Rule, end);
        if (State.LocalClosed) throw new ChannelException(ChannelFault.WriteClosed);
    }
}
