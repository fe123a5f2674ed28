using System.Buffers;
using System.Buffers.Binary;

namespace IppanFleet.Libp2p.Security.Noise;

/// <summary>The encrypted channel after the handshake: frames of at most 65,535 bytes with an unsigned big-endian length before each.</summary>
internal sealed class NoiseChannel(ByteChannel inner, NoiseCipher send, NoiseCipher receive) : ByteChannel
{
    private const int MaxFrame = 65535;
    private const int MaxPlaintext = MaxFrame - NoiseCipher.TagSize;
    private const int FramesAWrite = 4;

    /// <summary>Room for a whole frame and most of the next, so that a full pipe is emptied in few reads.</summary>
    private const int ReadBuffer = 128 * 1024;

    /// <summary>Guards the ciphers against being freed while in use: an abort may come from anywhere.</summary>
    private readonly Lock _sending = new(), _receiving = new();
    private byte[]? _buffer;
    private int _start, _end;
    private int _plainStart, _plainEnd;
    private bool _disposed;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            while (true)
            {
                if (_plainStart < _plainEnd) return TakePlain(buffer);
                if (TryFindFrame(out var frame))
                {
                    // A frame without content is opened here, or a remote would make us take a buffer and wait with it.
                    if (buffer.IsEmpty && frame > NoiseCipher.TagSize) return 0;
                    var taken = Open(frame, buffer);
                    if (taken > 0) return taken;
                    continue;
                }
                if (!await FillAsync(cancellationToken).ConfigureAwait(false)) return 0;
            }
        }
        catch (ChannelException)
        {
            // The end of the channel: without this each connection that breaks off would cost the pool a buffer.
            ReleaseBuffer();
            throw;
        }
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default)
    {
        while (!data.IsEmpty)
        {
            var part = data[..Math.Min(data.Length, FramesAWrite * MaxPlaintext)];
            data = data[part.Length..];
            var frames = (part.Length + MaxPlaintext - 1) / MaxPlaintext;
            var sealedFrames = ArrayPool<byte>.Shared.Rent(part.Length + (frames * (2 + NoiseCipher.TagSize)));
            try
            {
                var size = Seal(part.Span, sealedFrames);
                await inner.WriteAsync(sealedFrames.AsMemory(0, size), cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(sealedFrames);
            }
        }
    }

    public override ValueTask CloseWriteAsync(CancellationToken cancellationToken = default) => inner.CloseWriteAsync(cancellationToken);

    public override void Abort(ChannelFault fault = ChannelFault.Aborted, string? rule = null)
    {
        inner.Abort(fault, rule);
        lock (_sending)
        {
            lock (_receiving)
            {
                if (_disposed) return;
                _disposed = true;
                send.Dispose();
                receive.Dispose();
            }
        }
    }

    private int Seal(ReadOnlySpan<byte> data, Span<byte> output)
    {
        var written = 0;
        lock (_sending)
        {
            if (_disposed) throw new ChannelException(ChannelFault.ConnectionLost);
            while (!data.IsEmpty)
            {
                var part = data[..Math.Min(data.Length, MaxPlaintext)];
                data = data[part.Length..];
                var size = part.Length + NoiseCipher.TagSize;
                BinaryPrimitives.WriteUInt16BigEndian(output[written..], (ushort)size);
                send.Encrypt(part, [], output.Slice(written + 2, size));
                written += 2 + size;
            }
        }
        return written;
    }

    private bool TryFindFrame(out int length)
    {
        length = 0;
        if (_end - _start < 2) return false;
        length = BinaryPrimitives.ReadUInt16BigEndian(_buffer.AsSpan(_start));
        return _end - _start >= 2 + length;
    }

    /// <summary>Opens the frame at the start of the buffer: straight into <paramref name="target"/> when it fits, else in place.</summary>
    private int Open(int length, Memory<byte> target)
    {
        var sealedFrame = _buffer.AsSpan(_start + 2, length);
        var size = length - NoiseCipher.TagSize;
        var direct = target.Length >= size;
        lock (_receiving)
        {
            if (_disposed) throw new ChannelException(ChannelFault.ConnectionLost);
            // A frame without room for its tag fails here as well; its target is never touched.
            if (!receive.TryDecrypt(sealedFrame, [], direct ? target.Span : sealedFrame)) size = -1;
        }
        if (size < 0) throw Fail(ChannelFault.ProtocolViolation, "Noise: a frame has a wrong tag");
        if (!direct) (_plainStart, _plainEnd) = (_start + 2, _start + 2 + size);
        _start += 2 + length;
        return direct ? size : TakePlain(target);
    }

    private int TakePlain(Memory<byte> target)
    {
        var size = Math.Min(target.Length, _plainEnd - _plainStart);
        _buffer.AsMemory(_plainStart, size).CopyTo(target);
        _plainStart += size;
        return size;
    }

    private async ValueTask<bool> FillAsync(CancellationToken cancellationToken)
    {
        if (_start == _end)
        {
            // Idle: wait without a buffer.
            ReleaseBuffer();
            await inner.ReadAsync(Memory<byte>.Empty, cancellationToken).ConfigureAwait(false);
            _buffer = ArrayPool<byte>.Shared.Rent(ReadBuffer);
        }
        else if (_start > 0 && _buffer!.Length - _start < 2 + MaxFrame)
        {
            Buffer.BlockCopy(_buffer, _start, _buffer, 0, _end - _start);
            (_start, _end) = (0, _end - _start);
        }
        var read = await inner.ReadAsync(_buffer.AsMemory(_end), cancellationToken).ConfigureAwait(false);
        if (read > 0)
        {
            _end += read;
            return true;
        }
        if (_start < _end) throw Fail(ChannelFault.Truncated, "Noise: closed inside a frame");
        ReleaseBuffer();
        return false;
    }

    /// <summary>Ends the channel, so that no later read takes the end for a clean one.</summary>
    private ChannelException Fail(ChannelFault fault, string rule)
    {
        Abort(fault, rule);
        return new ChannelException(fault, rule);
    }

    private void ReleaseBuffer()
    {
        if (_buffer is not null) ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = null;
        _start = _end = _plainStart = _plainEnd = 0;
    }
}
