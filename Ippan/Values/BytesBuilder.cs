using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace IppanFleet.Ippan;

/// <summary>Bytes put together in a caller's buffer, or in a rented one once they outgrow it. Dispose gives the rented one back.</summary>
internal ref struct BytesBuilder(Span<byte> initial)
{
    private Span<byte> _buffer = initial;
    private byte[]? _rented;
    private int _length;

    public readonly ReadOnlySpan<byte> Written => _buffer[.._length];

    public readonly int Length => _length;

    public void Add(byte value)
    {
        if (_length == _buffer.Length) Grow(1);
        _buffer[_length++] = value;
    }

    public void Add(scoped ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Reserve(bytes.Length));
        _length += bytes.Length;
    }

    public void Add(in Hash32 value) => Add(value.AsSpan());

    public void AddBigEndian(uint value)
    {
        BinaryPrimitives.WriteUInt32BigEndian(Reserve(sizeof(uint)), value);
        _length += sizeof(uint);
    }

    public void AddBigEndian(ulong value)
    {
        BinaryPrimitives.WriteUInt64BigEndian(Reserve(sizeof(ulong)), value);
        _length += sizeof(ulong);
    }

    public void AddBigEndian(UInt128 value)
    {
        BinaryPrimitives.WriteUInt128BigEndian(Reserve(16), value);
        _length += 16;
    }

    public void AddLittleEndian(ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(Reserve(sizeof(ulong)), value);
        _length += sizeof(ulong);
    }

    public void AddLittleEndian(UInt128 value)
    {
        BinaryPrimitives.WriteUInt128LittleEndian(Reserve(16), value);
        _length += 16;
    }

    public void AddUtf8(scoped ReadOnlySpan<char> text)
    {
        var destination = Reserve(Encoding.UTF8.GetMaxByteCount(text.Length));
        _length += Encoding.UTF8.GetBytes(text, destination);
    }

    /// <summary>LP(x) of the wire specification: four bytes of big-endian length, then the bytes.</summary>
    public void AddPrefixed(scoped ReadOnlySpan<byte> bytes)
    {
        AddBigEndian((uint)bytes.Length);
        Add(bytes);
    }

    /// <summary>LP(x) of a text: the length of its UTF-8 bytes, then these.</summary>
    public void AddPrefixed(string text)
    {
        AddBigEndian(0u);
        var start = _length;
        AddUtf8(text);
        BinaryPrimitives.WriteUInt32BigEndian(_buffer[(start - sizeof(uint))..], (uint)(_length - start));
    }

    public void Dispose()
    {
        if (_rented is not null) ArrayPool<byte>.Shared.Return(_rented);
        _rented = null;
    }

    /// <summary>Room for <paramref name="count"/> bytes at the end; <see cref="Advance"/> counts those that were written.</summary>
    public Span<byte> Reserve(int count)
    {
        if (_buffer.Length - _length < count) Grow(count);
        return _buffer[_length..];
    }

    public void Advance(int count) => _length += count;

    private void Grow(int count)
    {
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(checked(_length + count), Math.Max(256, 2 * _length)));
        Written.CopyTo(larger);
        if (_rented is not null) ArrayPool<byte>.Shared.Return(_rented);
        _buffer = _rented = larger;
    }
}
