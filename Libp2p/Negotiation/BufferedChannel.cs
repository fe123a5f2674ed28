using System.Buffers;

namespace IppanFleet.Libp2p.Negotiation;

/// <summary>Gathers the small reads of a negotiation into few; what it read ahead is served first, then it is transparent.</summary>
internal sealed class BufferedChannel(ByteChannel inner) : ByteChannel
{
    private const int BufferSize = 2048;

    private byte[]? _buffer;
    private int _start, _end;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_start < _end) return ValueTask.FromResult(TakeBuffered(buffer));
        return buffer.Length is 0 or >= BufferSize ? inner.ReadAsync(buffer, cancellationToken) : FillAsync(buffer, cancellationToken);
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default) => inner.WriteAsync(data, cancellationToken);

    public override ValueTask CloseWriteAsync(CancellationToken cancellationToken = default) => inner.CloseWriteAsync(cancellationToken);

    public override void Abort(ChannelFault fault = ChannelFault.Aborted, string? rule = null) => inner.Abort(fault, rule);

    private async ValueTask<int> FillAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
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
