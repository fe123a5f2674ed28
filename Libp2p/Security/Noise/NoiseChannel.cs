using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace IppanFleet.Libp2p.Security.Noise;

/// <summary>The encrypted channel after the handshake: frames of at most 65,535 bytes with an unsigned big-endian length before each.</summary>
internal sealed class NoiseChannel(ByteChannel inner, NoiseCipher send, NoiseCipher receive) : ByteChannel, ISealingChannel
{
    private const int MaxFrame = 65535;
    private const int MaxPlaintext = MaxFrame - NoiseCipher.TagSize;
    private const int FramesAWrite = 4;

    /// <summary>Room for a few frames, so that a full pipe is emptied in few reads.</summary>
    private const int ReadBuffer = 256 * 1024;

    /// <summary>The part of a frame for which the whole buffer is held while the rest is waited for.</summary>
    private const int WorthTheBuffer = 32 * 1024;

    /// <summary>Guards the ciphers against being freed while in use: an abort may come from anywhere.</summary>
    private readonly Lock _sending = new(), _receiving = new();
    private byte[]? _buffer;
    private int _start, _end;
    private int _plainStart, _plainEnd;
    private bool _disposed;

    /// <summary>Bytes of memory held for what was read of the wire and not yet handed on.</summary>
    internal int Held => _buffer?.Length ?? 0;

    public int LargestFrame => MaxPlaintext;

    public int FrameOverhead => 2 + NoiseCipher.TagSize;

    public int Seal(ReadOnlySpan<byte> data, Span<byte> output)
    {
        lock (_sending)
        {
            if (_disposed) throw new ChannelException(ChannelFault.ConnectionLost);
            return SealFrame(data, output);
        }
    }

    public ValueTask WriteSealedAsync(ReadOnlyMemory<byte> frames, CancellationToken cancellationToken = default) => inner.WriteAsync(frames, cancellationToken);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
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

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
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
                var size = SealAll(part.Span, sealedFrames);
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

    private int SealAll(ReadOnlySpan<byte> data, Span<byte> output)
    {
        var written = 0;
        lock (_sending)
        {
            if (_disposed) throw new ChannelException(ChannelFault.ConnectionLost);
            for (; !data.IsEmpty; data = data[Math.Min(data.Length, MaxPlaintext)..]) written += SealFrame(data[..Math.Min(data.Length, MaxPlaintext)], output[written..]);
        }
        return written;
    }

    private int SealFrame(ReadOnlySpan<byte> data, Span<byte> output)
    {
        var size = data.Length + NoiseCipher.TagSize;
        BinaryPrimitives.WriteUInt16BigEndian(output, (ushort)size);
        send.Encrypt(data, [], output.Slice(2, size));
        return 2 + size;
    }

    /// <summary>The length of the frame that has begun to arrive; the largest while it is unknown.</summary>
    private int ExpectedFrame => _end - _start < 2 ? MaxFrame : BinaryPrimitives.ReadUInt16BigEndian(_buffer.AsSpan(_start));

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

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> FillAsync(CancellationToken cancellationToken)
    {
        if (_start == _end) ReleaseBuffer();
        if (_end - _start < WorthTheBuffer)
        {
            // Whoever has to wait for the remote holds little more than what has come.
            var waiting = inner.ReadAsync(Memory<byte>.Empty, cancellationToken);
            if (!waiting.IsCompleted && _buffer is not null) MoveTo(_end - _start);
            await waiting.ConfigureAwait(false);
        }
        if (_buffer is null || _buffer.Length < ReadBuffer || _buffer.Length - _start < 2 + ExpectedFrame) MoveTo(ReadBuffer);
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

    /// <summary>Moves what is unread to the start of a buffer of <paramref name="size"/> bytes or little more.</summary>
    private void MoveTo(int size)
    {
        var unread = _buffer.AsSpan(_start, _end - _start);
        if (_buffer is not null && _buffer.Length >= size && _buffer.Length < 2 * size)
        {
            unread.CopyTo(_buffer);
        }
        else
        {
            var other = ArrayPool<byte>.Shared.Rent(size);
            unread.CopyTo(other);
            if (_buffer is not null) ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = other;
        }
        (_start, _end) = (0, unread.Length);
    }

    private void ReleaseBuffer()
    {
        if (_buffer is not null) ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = null;
        _start = _end = _plainStart = _plainEnd = 0;
    }
}
