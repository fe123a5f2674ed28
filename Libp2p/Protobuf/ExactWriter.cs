using System.Buffers;

namespace IppanFleet.Libp2p.Protobuf;

/// <summary>Writes into an array of a size known beforehand; a caller that asks for more room than is left is given a small spare, of which only what fits is kept.</summary>
internal sealed class ExactWriter(int size) : IBufferWriter<byte>
{
    private byte[]? _spare;
    private bool _usesSpare;

    public byte[] Buffer { get; } = new byte[size];

    public int Written { get; private set; }

    public void Advance(int count)
    {
        if (_usesSpare) _spare.AsSpan(0, count).CopyTo(Buffer.AsSpan(Written));
        _usesSpare = false;
        Written += count;
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        _usesSpare = Buffer.Length - Written < Math.Max(1, sizeHint);
        if (!_usesSpare) return Buffer.AsMemory(Written);
        if (_spare is null || _spare.Length < sizeHint) _spare = new byte[Math.Max(16, sizeHint)];
        return _spare;
    }

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;
}
