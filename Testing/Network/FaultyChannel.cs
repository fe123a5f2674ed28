using IppanFleet.Libp2p;

namespace IppanFleet.Testing;

/// <summary>
/// One end of a connection within <see cref="NetworkConditions"/>. It holds back what this end sends; the other end does the same. As with a socket, what was taken over
/// is still sent after this end was closed, and the remote hears of the end behind it: not at all while a partition lasts.
/// </summary>
internal sealed partial class FaultyChannel : ByteChannel
{
    private readonly ByteChannel _inner;
    private readonly string _node;
    private readonly Func<string?> _findRemote;
    private readonly NetworkConditions _conditions;
    private readonly Action _finished;
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _ended = new();
    private volatile ChannelException? _end;
    private volatile bool _isSevered;
    private volatile bool _isPumping;
    private volatile bool _hasFinished;
    private bool _isWriteClosed;
    private string? _remote;

    internal FaultyChannel(ByteChannel inner, string node, Func<string?> findRemote, NetworkConditions conditions, Action finished)
    {
        (_inner, _node, _findRemote, _conditions, _finished) = (inner, node, findRemote, conditions, finished);
        conditions.Add(this);
    }

    /// <summary>What separates the two ends now. The dialer names itself before its first byte, so a node that answers knows who it is.</summary>
    private PartitionKind? Separation => _conditions.HasPartitions ? _conditions.Between(_node, _remote ??= _findRemote()) : null;

    /// <summary>Whether bytes may go straight through.</summary>
    private bool IsClear => !_isPumping && _conditions.Quality.IsPerfect && Separation is null;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_end is { } end) throw end;
        using var either = Either(cancellationToken);
        try
        {
            return await _inner.ReadAsync(buffer, either?.Token ?? _ended.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_end is not null && !cancellationToken.IsCancellationRequested)
        {
            throw _end!;
        }
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default)
    {
        while (!data.IsEmpty)
        {
            Task? room;
            lock (_gate)
            {
                if (_end is { } end) throw end;
                if (_isWriteClosed) throw new ChannelException(ChannelFault.WriteClosed);
                room = IsClear ? null : Enqueue(ref data);
            }

            if (room is null)
            {
                await WriteThroughAsync(data, cancellationToken).ConfigureAwait(false);
                return;
            }

            await room.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    public override async ValueTask CloseWriteAsync(CancellationToken cancellationToken = default)
    {
        lock (_gate)
        {
            if (_end is { } end) throw end;
            _isWriteClosed = true;
            if (!IsClear)
            {
                StartPump();
                return;
            }
        }

        await _inner.CloseWriteAsync(cancellationToken).ConfigureAwait(false);
    }

    public override void Abort(ChannelFault fault = ChannelFault.Aborted, string? rule = null)
    {
        bool isLast;
        lock (_gate)
        {
            if (_end is not null) return;
            _end = new ChannelException(fault, rule);
            if (Separation is not null) StartPump();
            isLast = !_isPumping;
            GiveRoom();
        }

        if (isLast) Finish(fault, rule);
        _ended.Cancel();
    }

    /// <summary>The death of this end's process: what was not sent is lost. The remote notices, unless it is separated.</summary>
    internal void Sever()
    {
        lock (_gate)
        {
            _isSevered = true;
            Drop();
        }

        Abort(ChannelFault.ConnectionLost, $"{_node} was killed");
        Recheck();
    }

    /// <summary>The conditions have changed.</summary>
    internal void Recheck()
    {
        if (Separation is { } separation ? separation == PartitionKind.Cut : _isSevered) Break();
    }

    /// <summary>Resets the connection for both ends.</summary>
    private void Break()
    {
        lock (_gate)
        {
            _end ??= new ChannelException(ChannelFault.Reset, "the network reset the connection");
            Drop();
            GiveRoom();
        }

        Finish(ChannelFault.Reset, rule: null);
        _ended.Cancel();
    }

    private void Finish(ChannelFault fault, string? rule)
    {
        lock (_gate)
        {
            if (_hasFinished) return;
            _hasFinished = true;
        }

        _inner.Abort(fault, rule);
        _conditions.Remove(this);
        _finished();
        _gone.Cancel();
    }

    private async ValueTask WriteThroughAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        using var either = Either(cancellationToken);
        try
        {
            await _inner.WriteAsync(data, either?.Token ?? _ended.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_end is not null && !cancellationToken.IsCancellationRequested)
        {
            throw _end!;
        }
    }

    private CancellationTokenSource? Either(CancellationToken cancellationToken) =>
        cancellationToken.CanBeCanceled ? CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _ended.Token) : null;
}
