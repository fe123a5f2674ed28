using System.Buffers;
using System.Runtime.CompilerServices;

namespace IppanFleet.Libp2p.Muxers.Yamux;

/// <summary>The read loop's buffer for headers and small bodies, large ones pass it by: rented while bytes are under way, none while the connection is idle.</summary>
internal sealed class YamuxInput(ByteChannel channel) : IDisposable
{
    private const int Size = 4 * 1024;

    private byte[]? _buffer;
    private int _start, _end;

    internal int Available => _end - _start;

    /// <summary>Waits until <paramref name="wanted"/> bytes (few) are here; false when the remote closed before the first of them.</summary>
    internal ValueTask<bool> EnsureAsync(int wanted) => Available >= wanted ? ValueTask.FromResult(true) : FillAsync(wanted);

    /// <summary>The next <paramref name="count"/> bytes, valid until the next call.</summary>
    internal ReadOnlySpan<byte> Take(int count)
    {
        var span = _buffer.AsSpan(_start, count);
        _start += count;
        return span;
    }

    /// <summary>The last <paramref name="count"/> bytes that were taken.</summary>
    internal ReadOnlySpan<byte> Taken(int count) => _buffer.AsSpan(_start - count, count);

    public void Dispose()
    {
        if (_buffer is not null) ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = null;
        _start = _end = 0;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> FillAsync(int wanted)
    {
        while (Available < wanted)
        {
            if (Available == 0)
            {
                Dispose();
                await channel.ReadAsync(Memory<byte>.Empty).ConfigureAwait(false);
                _buffer = ArrayPool<byte>.Shared.Rent(Size);
            }
            else if (_start + wanted > _buffer!.Length)
            {
                Buffer.BlockCopy(_buffer, _start, _buffer, 0, Available);
                (_start, _end) = (0, Available);
            }
            var read = await channel.ReadAsync(_buffer.AsMemory(_end)).ConfigureAwait(false);
            if (read == 0) return Available == 0 ? false : throw new ChannelException(ChannelFault.Truncated, "Yamux: closed inside a frame");
            _end += read;
        }
        return true;
    }
}
