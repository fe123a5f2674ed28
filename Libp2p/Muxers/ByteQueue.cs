using System.Buffers;

namespace IppanFleet.Libp2p.Muxers;

/// <summary>Bytes that wait for their reader, in pooled blocks; holds none while empty. Not thread-safe.</summary>
internal sealed class ByteQueue
{
    private const int SmallestBlock = 1024;
    private const int LargestBlock = 64 * 1024;

    private readonly Queue<byte[]> _blocks = new(0);
    private byte[]? _tail;
    private int _headStart, _tailEnd;

    /// <summary>Bytes in the queue.</summary>
    internal int Length { get; private set; }

    internal void Append(ReadOnlySpan<byte> data)
    {
        Length += data.Length;
        while (!data.IsEmpty)
        {
            if (_tail is null || _tailEnd == _tail.Length)
            {
                _tail = ArrayPool<byte>.Shared.Rent(Math.Clamp(data.Length, SmallestBlock, LargestBlock));
                _tailEnd = 0;
                _blocks.Enqueue(_tail);
            }
            var size = Math.Min(data.Length, _tail.Length - _tailEnd);
            data[..size].CopyTo(_tail.AsSpan(_tailEnd));
            _tailEnd += size;
            data = data[size..];
        }
    }

    /// <summary>Moves up to <paramref name="target"/>'s length out of the queue and answers how much.</summary>
    internal int Take(Span<byte> target)
    {
        var taken = 0;
        while (taken < target.Length && _blocks.TryPeek(out var head))
        {
            var end = ReferenceEquals(head, _tail) ? _tailEnd : head.Length;
            var size = Math.Min(target.Length - taken, end - _headStart);
            head.AsSpan(_headStart, size).CopyTo(target[taken..]);
            taken += size;
            _headStart += size;
            if (_headStart < end) break;
            _blocks.Dequeue();
            if (ReferenceEquals(head, _tail)) _tail = null;
            _headStart = 0;
            ArrayPool<byte>.Shared.Return(head);
        }
        Length -= taken;
        return taken;
    }

    internal void Clear()
    {
        while (_blocks.TryDequeue(out var block)) ArrayPool<byte>.Shared.Return(block);
        _tail = null;
        _headStart = Length = 0;
    }
}
