using System.Buffers;

namespace IppanFleet.Libp2p.Muxers;

/// <summary>Bytes that wait for their reader, in pooled blocks of about their size; holds none while empty.</summary>
/// <remarks>Not thread-safe, but what <see cref="Reserve"/> gave may be written at any time before its <see cref="Commit"/>.</remarks>
internal sealed class ByteQueue
{
    private const int SmallestBlock = 256;
    private const int LargestBlock = 64 * 1024;

    /// <summary>How many times smaller than its block the last of the unread bytes become before they move to a smaller one.</summary>
    private const int Shrinking = 8;

    private readonly Queue<(byte[] Block, int End)> _full = new(0);
    private byte[]? _tail, _reserved;
    private int _headStart, _tailEnd;

    /// <summary>Bytes in the queue.</summary>
    internal int Length { get; private set; }

    /// <summary>Bytes of memory that the queue takes.</summary>
    internal int Held { get; private set; }

    internal void Append(ReadOnlySpan<byte> data)
    {
        while (!data.IsEmpty)
        {
            var room = Room(data.Length);
            var size = Math.Min(data.Length, room.Length);
            data[..size].CopyTo(room.Span);
            Advance(size);
            data = data[size..];
        }
    }

    /// <summary>Memory, at least one byte and no more than <paramref name="wanted"/>, for what comes next; <see cref="Commit"/> must follow, and nothing may be appended before.</summary>
    internal Memory<byte> Reserve(int wanted)
    {
        var room = Room(wanted);
        _reserved = _tail;
        return room[..Math.Min(room.Length, wanted)];
    }

    /// <summary>Adds the first <paramref name="size"/> bytes of what was reserved; they are lost when the queue was cleared meanwhile.</summary>
    internal void Commit(int size)
    {
        var block = _reserved!;
        _reserved = null;
        if (!ReferenceEquals(block, _tail)) ArrayPool<byte>.Shared.Return(block);
        else Advance(size);
    }

    /// <summary>Moves up to <paramref name="target"/>'s length out of the queue and answers how much.</summary>
    internal int Take(Span<byte> target)
    {
        var taken = 0;
        while (taken < target.Length && taken < Length)
        {
            var last = !_full.TryPeek(out var head);
            var (block, end) = last ? (_tail!, _tailEnd) : head;
            var size = Math.Min(target.Length - taken, end - _headStart);
            block.AsSpan(_headStart, size).CopyTo(target[taken..]);
            taken += size;
            _headStart += size;
            if (_headStart < end || last) break;
            _full.Dequeue();
            _headStart = 0;
            Free(block);
        }
        Length -= taken;
        if (_full.Count == 0 && _reserved is null) Shrink();
        return taken;
    }

    internal void Clear()
    {
        while (_full.TryDequeue(out var head)) Free(head.Block);
        if (_tail is not null && _reserved is null) Free(_tail);
        _tail = null;
        _headStart = _tailEnd = Length = Held = 0;
    }

    private void Advance(int size)
    {
        _tailEnd += size;
        Length += size;
    }

    /// <summary>What is free in the last block, or a new one where that is too little. Blocks grow with what waits, so that many small pieces need few of them.</summary>
    private Memory<byte> Room(int wanted)
    {
        if (_tail is not null && Length == 0) (_headStart, _tailEnd) = (0, 0);
        var free = _tail is null ? 0 : _tail.Length - _tailEnd;
        if (free == 0 || (free < wanted && free < _tail!.Length / 4))
        {
            if (_tail is not null) _full.Enqueue((_tail, _tailEnd));
            Use(Math.Clamp(Math.Max(wanted, Length), SmallestBlock, LargestBlock));
            _tailEnd = 0;
        }
        return _tail.AsMemory(_tailEnd);
    }

    /// <summary>Frees the only block when it is read, and swaps it for a smaller one when little is left in it.</summary>
    private void Shrink()
    {
        if (Length == 0)
        {
            Clear();
        }
        else if (_tail!.Length > SmallestBlock && Length < _tail.Length / Shrinking)
        {
            var block = _tail;
            Use(Math.Max(Length, SmallestBlock));
            block.AsSpan(_headStart, Length).CopyTo(_tail);
            (_headStart, _tailEnd) = (0, Length);
            Free(block);
        }
    }

    private void Use(int size)
    {
        _tail = ArrayPool<byte>.Shared.Rent(size);
        Held += _tail.Length;
    }

    private void Free(byte[] block)
    {
        Held -= block.Length;
        ArrayPool<byte>.Shared.Return(block);
    }
}
