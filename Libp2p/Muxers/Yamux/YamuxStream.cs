using System.Runtime.CompilerServices;

namespace IppanFleet.Libp2p.Muxers.Yamux;

/// <summary>One stream of a Yamux connection.</summary>
internal sealed class YamuxStream : ByteChannel
{
    private readonly YamuxConnection _connection;
    private readonly AsyncSignal _writable;
    private YamuxWriter.RoomWaiter? _room;

    internal YamuxStream(YamuxConnection connection, YamuxStreamState state)
    {
        _connection = connection;
        State = state;
        _writable = new AsyncSignal(connection.Gate);
    }

    internal YamuxStreamState State { get; }

    /// <summary>What has come and was not read.</summary>
    internal StreamInbox Inbox { get; } = new();

    /// <summary>When it was disposed of, in the connection's time. Guarded by the connection's lock.</summary>
    internal TimeSpan? DisposedAt { get; private set; }

    /// <summary>Whether nobody reads any more and the remote has filled the window all the same: it would wait for ever.</summary>
    internal bool IsOverrun => Inbox.IsDiscarding && State.ReceiveWindow == 0;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = Inbox.ReadAsync(buffer, out var taken, cancellationToken);
        if (taken > 0) _connection.Consumed(this, (uint)taken);
        return read;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
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
                if (await _connection.Writer.WriteAsync(header, data[..size], State, ref _room, cancellationToken).ConfigureAwait(false)) data = data[size..];
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
        var unread = Inbox.Discard();
        lock (_connection.Gate) DisposedAt ??= _connection.Now;
        // The remote may be waiting for the credit of what nobody will read.
        if (unread > 0) _connection.Consumed(this, (uint)unread);
        _connection.CloseLocal(this);
        return ValueTask.CompletedTask;
    }

    /// <summary>Both directions are gone. Called without the connection's lock.</summary>
    internal void Fail(ChannelException end)
    {
        Inbox.Fail(end);
        lock (_connection.Gate) _writable.Set();
    }

    /// <summary>More may be sent. Called under the connection's lock.</summary>
    internal void CreditAdded() => _writable.Set();

    private void ThrowIfUnwritable()
    {
        if (Inbox.End is { } end) throw new ChannelException(end.Fault, end.Rule, end);
        if (State.LocalClosed) throw new ChannelException(ChannelFault.WriteClosed);
    }
}
