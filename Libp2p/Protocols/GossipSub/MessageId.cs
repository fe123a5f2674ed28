using System.Runtime.InteropServices;

namespace IppanFleet.Libp2p.Protocols.GossipSub;

/// <summary>What tells messages apart: 1 to <see cref="MaxSize"/> bytes, of which 32 are held without an allocation.</summary>
public readonly struct MessageId : IEquatable<MessageId>
{
    /// <summary>The longest id, in bytes; longer ones in a remote's gossip are passed over.</summary>
    public const int MaxSize = 128;

    private const int InlineSize = 32;

    private readonly ulong _first, _second, _third, _fourth;
    private readonly byte[]? _tail;
    private readonly int _length;

    /// <summary>The id with these bytes.</summary>
    /// <exception cref="ArgumentException">There are none, or more than <see cref="MaxSize"/>.</exception>
    public MessageId(ReadOnlySpan<byte> bytes)
    {
        if (!IsValidSize(bytes.Length)) throw new ArgumentException($"A message id has 1 to {MaxSize} bytes, not {bytes.Length}.", nameof(bytes));
        Span<ulong> head = stackalloc ulong[InlineSize / sizeof(ulong)];
        head.Clear();
        bytes[..Math.Min(bytes.Length, InlineSize)].CopyTo(MemoryMarshal.AsBytes(head));
        (_first, _second, _third, _fourth) = (head[0], head[1], head[2], head[3]);
        _tail = bytes.Length > InlineSize ? bytes[InlineSize..].ToArray() : null;
        _length = bytes.Length;
    }

    /// <summary>How many bytes it has.</summary>
    public int Length => _length;

    /// <summary>Whether an id may have <paramref name="size"/> bytes.</summary>
    public static bool IsValidSize(int size) => size is > 0 and <= MaxSize;

    /// <summary>Writes the <see cref="Length"/> bytes to the start of <paramref name="destination"/>.</summary>
    public void CopyTo(Span<byte> destination)
    {
        Span<ulong> head = [_first, _second, _third, _fourth];
        MemoryMarshal.AsBytes(head)[..Math.Min(_length, InlineSize)].CopyTo(destination);
        _tail?.CopyTo(destination[InlineSize..]);
    }

    /// <inheritdoc/>
    public bool Equals(MessageId other) =>
        _first == other._first && _second == other._second && _third == other._third && _fourth == other._fourth && _length == other._length
        && (ReferenceEquals(_tail, other._tail) || _tail.AsSpan().SequenceEqual(other._tail));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is MessageId other && Equals(other);

    /// <summary>Seeded per process: ids are chosen by remotes, who must not be able to make them collide.</summary>
    public override int GetHashCode()
    {
        if (_tail is null) return HashCode.Combine(_first, _second, _third, _fourth, _length);
        var hash = new HashCode();
        hash.Add(HashCode.Combine(_first, _second, _third, _fourth, _length));
        hash.AddBytes(_tail);
        return hash.ToHashCode();
    }

    /// <summary>The bytes in lower-case hexadecimal.</summary>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[MaxSize];
        CopyTo(bytes);
        return Convert.ToHexStringLower(bytes[.._length]);
    }

    /// <summary>Equality of the bytes.</summary>
    public static bool operator ==(MessageId left, MessageId right) => left.Equals(right);

    /// <summary>Inequality of the bytes.</summary>
    public static bool operator !=(MessageId left, MessageId right) => !left.Equals(right);
}
