using System.Buffers;

namespace IppanFleet.Libp2p.Muxers.Yamux;

/// <summary>The frames that wait to be sent, as they will stand on the wire. Small ones are gathered first and sealed together; a large body is sealed straight from its owner's memory.</summary>
/// <remarks>Not thread-safe. Holds no memory while empty.</remarks>
internal sealed class YamuxBatch(ISealingChannel? sealer)
{
    /// <summary>From this size on, a frame of its own costs less than a copy of the body.</summary>
    private const int LargeBody = 8 * 1024;

    private const int SmallestBuffer = 1024;

    private byte[]? _gathered, _wire;
    private int _gatheredLength, _wireLength;

    /// <summary>Bytes that wait.</summary>
    internal int Length => _gatheredLength + _wireLength;

    /// <summary>What a frame with a body of <paramref name="body"/> bytes counts for, before sealing.</summary>
    internal static int SizeOf(int body) => YamuxHeader.Size + body;

    /// <summary>Adds a frame; <paramref name="room"/> is how large the buffer is expected to become.</summary>
    /// <exception cref="ChannelException">The channel has ended.</exception>
    internal void Append(in YamuxHeader header, ReadOnlySpan<byte> body, int room)
    {
        if (sealer is null)
        {
            header.Write(Extend(ref _wire, ref _wireLength, YamuxHeader.Size, room));
            body.CopyTo(Extend(ref _wire, ref _wireLength, body.Length, room));
            return;
        }
        // What does not fill whole frames of the channel travels beside the header.
        var beside = body.Length < LargeBody ? body.Length : body.Length % sealer.LargestFrame;
        if (beside >= LargeBody) beside = 0;
        if (_gatheredLength + YamuxHeader.Size + beside > sealer.LargestFrame) SealGathered(room);
        header.Write(Extend(ref _gathered, ref _gatheredLength, YamuxHeader.Size, 0));
        body[..beside].CopyTo(Extend(ref _gathered, ref _gatheredLength, beside, 0));
        body = body[beside..];
        if (body.IsEmpty) return;
        room = Math.Max(room, _wireLength + _gatheredLength + body.Length + (4 * sealer.FrameOverhead));
        SealGathered(room);
        for (; !body.IsEmpty; body = body[Math.Min(body.Length, sealer.LargestFrame)..]) Seal(body[..Math.Min(body.Length, sealer.LargestFrame)], room);
    }

    /// <summary>Takes out all that waits; null when nothing does. The buffer goes back to the shared pool once it was sent.</summary>
    /// <exception cref="ChannelException">The channel has ended.</exception>
    internal (byte[]? Buffer, int Length) Take()
    {
        SealGathered(0);
        var taken = (_wire, _wireLength);
        (_wire, _wireLength) = (null, 0);
        return taken;
    }

    internal void Clear()
    {
        Return(ref _gathered, ref _gatheredLength);
        Return(ref _wire, ref _wireLength);
    }

    private void SealGathered(int room)
    {
        if (_gatheredLength == 0) return;
        Seal(_gathered.AsSpan(0, _gatheredLength), room);
        Return(ref _gathered, ref _gatheredLength);
    }

    private void Seal(ReadOnlySpan<byte> data, int room)
    {
        var size = data.Length + sealer!.FrameOverhead;
        sealer.Seal(data, Extend(ref _wire, ref _wireLength, size, room));
    }

    private static void Return(ref byte[]? buffer, ref int length)
    {
        if (buffer is not null) ArrayPool<byte>.Shared.Return(buffer);
        (buffer, length) = (null, 0);
    }

    private static Span<byte> Extend(ref byte[]? buffer, ref int length, int size, int room)
    {
        if (buffer is null || buffer.Length - length < size)
        {
            var grown = ArrayPool<byte>.Shared.Rent(Math.Max(Math.Max(SmallestBuffer, room), Math.Max(length + size, length * 2)));
            if (buffer is not null)
            {
                Buffer.BlockCopy(buffer, 0, grown, 0, length);
                ArrayPool<byte>.Shared.Return(buffer);
            }
            buffer = grown;
        }
        var span = buffer.AsSpan(length, size);
        length += size;
        return span;
    }
}
