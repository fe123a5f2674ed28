using System.Buffers.Binary;
using IppanFleet.Libp2p.Multiformats;

namespace IppanFleet.Libp2p.Tests.Fuzz;

/// <summary>Makes inputs out of others: bits, bytes, cut, repeated and spliced pieces, and above all lengths, in the encodings that libp2p has for them.</summary>
internal sealed class Mutator(Random random, int capacity)
{
    private static readonly byte[] Bytes = [0, 1, 2, 0x0a, 0x12, 0x1a, 0x20, (byte)'/', 0x40, 0x7f, 0x80, 0x81, 0xc0, 0xfe, 0xff];
    private static readonly ulong[] Lengths = [0, 1, 2, 126, 127, 128, 255, 256, 16383, 16384, 65535, 65536, 262144, 262145, int.MaxValue, 1UL << 31, uint.MaxValue, 1UL << 32, long.MaxValue, 1UL << 63, ulong.MaxValue];

    private readonly byte[] _buffer = new byte[capacity];
    private readonly byte[] _piece = new byte[capacity];
    private int _length;

    /// <summary>The next input, valid until the next call.</summary>
    internal ReadOnlyMemory<byte> Next(IReadOnlyList<byte[]> corpus)
    {
        if (random.Next(32) == 0)
        {
            _length = random.Next(capacity / 4);
            random.NextBytes(_buffer.AsSpan(0, _length));
        }
        else
        {
            Take(corpus[random.Next(corpus.Count)]);
            for (var changes = 1 << random.Next(4); changes > 0; changes--) Change(corpus);
        }
        return _buffer.AsMemory(0, _length);
    }

    private void Take(byte[] model)
    {
        _length = Math.Min(model.Length, capacity);
        model.AsSpan(0, _length).CopyTo(_buffer);
    }

    private void Change(IReadOnlyList<byte[]> corpus)
    {
        var at = random.Next(_length + 1);
        if (at == _length)
        {
            Insert(at, random.Next(1, 9));
            return;
        }
        switch (random.Next(12))
        {
            case 0 or 1: _buffer[at] ^= (byte)(1 << random.Next(8)); break;
            case 2: _buffer[at] = (byte)random.Next(256); break;
            case 3: _buffer[at] = Bytes[random.Next(Bytes.Length)]; break;
            case 4: _buffer[at] += (byte)(random.Next(9) - 4); break;
            case 5: _length = at; break;
            case 6: Remove(at, random.Next(1, 17)); break;
            case 7: Repeat(at, random.Next(1, 33)); break;
            case 8: Insert(at, random.Next(1, 5)); break;
            case 9: Splice(at, corpus[random.Next(corpus.Count)]); break;
            case 10: WriteVarintLength(at); break;
            default: WriteFixedLength(at); break;
        }
    }

    private void Insert(int at, int count)
    {
        if (!MakeRoom(at, count)) return;
        random.NextBytes(_buffer.AsSpan(at, count));
    }

    private void Repeat(int at, int count)
    {
        count = Math.Min(count, _length - at);
        for (var times = 1 << random.Next(4); times > 0 && MakeRoom(at, count); times--) _buffer.AsSpan(at + count, count).CopyTo(_buffer.AsSpan(at));
    }

    private void Splice(int at, byte[] other)
    {
        if (other.Length == 0) return;
        var from = random.Next(other.Length);
        var size = Math.Min(other.Length - from, capacity - at);
        other.AsSpan(from, size).CopyTo(_buffer.AsSpan(at));
        _length = at + size;
    }

    /// <summary>Puts another varint where one may begin.</summary>
    private void WriteVarintLength(int at)
    {
        var old = 1;
        while (old < 10 && at + old < _length && _buffer[at + old - 1] >= 0x80) old++;
        Span<byte> varint = stackalloc byte[10];
        var size = Varint.Write(varint, Length(_length - at - old));
        if (size > old ? !MakeRoom(at, size - old) : !Remove(at, old - size)) return;
        varint[..Math.Min(size, _length - at)].CopyTo(_buffer.AsSpan(at));
    }

    private void WriteFixedLength(int at)
    {
        var value = Length(_length - at - 4);
        if (random.Next(2) == 0 && at + 2 <= _length) BinaryPrimitives.WriteUInt16BigEndian(_buffer.AsSpan(at), (ushort)value);
        else if (at + 4 <= _length) BinaryPrimitives.WriteUInt32BigEndian(_buffer.AsSpan(at), (uint)value);
    }

    /// <summary>A length that is at the edge of something, or nearly right for what follows.</summary>
    private ulong Length(int behind) => random.Next(2) == 0 ? Lengths[random.Next(Lengths.Length)] : (ulong)Math.Max(0, behind + random.Next(-2, 3));

    private bool MakeRoom(int at, int count)
    {
        if (_length + count > capacity) return false;
        Move(at, at + count, _length - at);
        _length += count;
        return true;
    }

    private bool Remove(int at, int count)
    {
        count = Math.Min(count, _length - at);
        Move(at + count, at, _length - at - count);
        _length -= count;
        return true;
    }

    private void Move(int from, int to, int count)
    {
        _buffer.AsSpan(from, count).CopyTo(_piece);
        _piece.AsSpan(0, count).CopyTo(_buffer.AsSpan(to));
    }
}
