using System.Buffers;
using System.Numerics;
using IppanFleet.Libp2p.Multiformats;
using IppanFleet.Libp2p.Swarm;

namespace IppanFleet.Libp2p;

/// <summary>Reads messages with an unsigned-varint length before each: the one bounded reader that all protocols use, for requests and for replies.</summary>
/// <remarks>The length is checked before anything is allocated for it, and what is allocated follows what has come, not what was announced;
/// a buffer is held only while a message is under way. One reader at a time.</remarks>
/// <param name="channel">Where the messages come from.</param>
/// <param name="maxMessageSize">The largest message that is read, in bytes.</param>
/// <param name="memory">Follows the size of the buffer, and is asked before it grows; null: nobody is asked. The reader does not dispose of it.</param>
public sealed class LengthPrefixedReader(ByteChannel channel, int maxMessageSize, MemoryReservation? memory = null) : IDisposable
{
    private const int SmallestBuffer = 4096;

    /// <summary>Room that a message gets on its word alone; a longer one gets four times what has come of it.</summary>
    private const int Trusted = 64 * 1024;

    private byte[]? _buffer;
    private int _start, _end;

    /// <summary>Bytes already received and not yet part of an answered message.</summary>
    public ReadOnlyMemory<byte> Buffered => _buffer.AsMemory(_start, _end - _start);

    /// <summary>The next message, or null when the remote closed cleanly between messages. The memory is valid until the next call.</summary>
    /// <exception cref="ChannelException">Too long, malformed, closed inside a message, no memory to be had for it, or the channel failed.</exception>
    public async ValueTask<ReadOnlyMemory<byte>?> ReadAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            var fault = Varint.TryRead(_buffer.AsSpan(_start, _end - _start), out var length, out var prefix);
            if (fault is VarintFault.Overflow or VarintFault.NotMinimal) throw new ChannelException(ChannelFault.ProtocolViolation, "a message length is not a minimal varint");
            if (fault == VarintFault.None)
            {
                if (length > (ulong)maxMessageSize) throw new ChannelException(ChannelFault.LimitExceeded, $"a message of {length} bytes; at most {maxMessageSize} are read");
                var size = prefix + (int)length;
                if (_end - _start >= size)
                {
                    var message = _buffer.AsMemory(_start + prefix, (int)length);
                    _start += size;
                    return message;
                }
                if (_buffer!.Length - _start < Math.Min(size, Trusted) || _end == _buffer.Length) MakeRoom(Math.Min(size, Math.Max(Trusted, 4 * (_end - _start))));
            }
            else
            {
                MakeRoom(Varint.MaxSize);
            }
            if (!await FillAsync(cancellationToken).ConfigureAwait(false)) return null;
        }
    }

    /// <summary>Gives the buffer back; what was received and not read is lost.</summary>
    public void Dispose()
    {
        if (_buffer is null) return;
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = null;
        _start = _end = 0;
        memory?.TryResize(0);
    }

    private async ValueTask<bool> FillAsync(CancellationToken cancellationToken)
    {
        if (_start == _end)
        {
            // Nothing under way: wait without a buffer, so that an idle stream costs none.
            Dispose();
            await channel.ReadAsync(Memory<byte>.Empty, cancellationToken).ConfigureAwait(false);
            _buffer = Rent(SmallestBuffer);
        }
        var read = await channel.ReadAsync(_buffer.AsMemory(_end), cancellationToken).ConfigureAwait(false);
        if (read == 0)
        {
            return _start == _end ? false : throw new ChannelException(ChannelFault.Truncated, "the stream ended inside a message");
        }
        _end += read;
        return true;
    }

    private void MakeRoom(int size)
    {
        if (_buffer is null) return;
        if (_buffer.Length - _start >= size && _end < _buffer.Length) return;
        var pending = _end - _start;
        var target = _buffer.Length >= size && pending < _buffer.Length ? _buffer : Rent(Math.Max(size, SmallestBuffer));
        Buffer.BlockCopy(_buffer, _start, target, 0, pending);
        if (!ReferenceEquals(target, _buffer)) ArrayPool<byte>.Shared.Return(_buffer);
        (_buffer, _start, _end) = (target, 0, pending);
        memory?.TryResize(target.Length);
    }

    /// <summary>A buffer beside the one that is held, as large as the pool makes it.</summary>
    private byte[] Rent(int size)
    {
        var rounded = (int)BitOperations.RoundUpToPowerOf2((uint)size);
        if (memory?.TryResize(memory.Bytes + rounded) is { } refusal) throw new ChannelException(ChannelFault.LimitExceeded, $"no memory for a message: {refusal}");
        return ArrayPool<byte>.Shared.Rent(size);
    }
}

/// <summary>Writes messages with an unsigned-varint length before each.</summary>
public static class LengthPrefixed
{
    /// <summary>Writes prefix and <paramref name="message"/> as one write.</summary>
    public static async ValueTask WriteAsync(ByteChannel channel, ReadOnlyMemory<byte> message, CancellationToken cancellationToken = default)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(message.Length + Varint.MaxSize);
        try
        {
            var prefix = Varint.Write(buffer, (ulong)message.Length);
            message.CopyTo(buffer.AsMemory(prefix));
            await channel.WriteAsync(buffer.AsMemory(0, prefix + message.Length), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
