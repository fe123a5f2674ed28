using System.Buffers;

namespace IppanFleet.Libp2p.Negotiation;

/// <summary>Gathers the small reads and writes of a handshake into few: what it read ahead is served first; what is written waits until a read has to wait for the remote.
/// After <see cref="ReleaseAsync"/> it is transparent. Until then one caller at a time.</summary>
internal sealed class BufferedChannel(ByteChannel inner) : ByteChannel
{
    private const int BufferSize = 2048;

    private byte[]? _buffer;
    private readonly ArrayBufferWriter<byte> _held = new(256);
    private int _start, _end;
    private bool _released;

    /// <summary>Sends what waits; from now on writes go straight through.</summary>
    internal ValueTask ReleaseAsync(CancellationToken cancellationToken)
    {
        _released = true;
        return FlushAsync(cancellationToken);
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_start < _end) return ValueTask.FromResult(TakeBuffered(buffer));
        return _released && buffer.Length is 0 or >= BufferSize ? inner.ReadAsync(buffer, cancellationToken) : FillAsync(buffer, cancellationToken);
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default)
    {
        if (_released) return inner.WriteAsync(data, cancellationToken);
        _held.Write(data.Span);
        return _held.WrittenCount < BufferSize ? ValueTask.CompletedTask : FlushAsync(cancellationToken);
    }

    public override async ValueTask CloseWriteAsync(CancellationToken cancellationToken = default)
    {
        await FlushAsync(cancellationToken).ConfigureAwait(false);
        await inner.CloseWriteAsync(cancellationToken).ConfigureAwait(false);
    }

    public override void Abort(ChannelFault fault = ChannelFault.Aborted, string? rule = null) => inner.Abort(fault, rule);

    private async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        if (_held.WrittenCount == 0) return;
        await inner.WriteAsync(_held.WrittenMemory, cancellationToken).ConfigureAwait(false);
        _held.ResetWrittenCount();
    }

    private async ValueTask<int> FillAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (!_released) await FlushAsync(cancellationToken).ConfigureAwait(false);
        var scratch = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            var read = await inner.ReadAsync(scratch.AsMemory(0, BufferSize), cancellationToken).ConfigureAwait(false);
            (_start, _end) = (0, read);
            (_buffer, scratch) = (scratch, null);
        }
        finally
        {
            if (scratch is not null) ArrayPool<byte>.Shared.Return(scratch);
        }
        return TakeBuffered(buffer);
    }

    private int TakeBuffered(Memory<byte> buffer)
    {
        var size = Math.Min(buffer.Length, _end - _start);
        _buffer.AsMemory(_start, size).CopyTo(buffer);
        _start += size;
        if (_start == _end && _buffer is not null)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = null;
            _start = _end = 0;
        }
        return size;
    }
}
