using System.Buffers;
using System.Text;

namespace IppanFleet.Libp2p.Protobuf;

/// <summary>Writes protobuf fields to a buffer writer, in the order of the calls, with minimal varints.</summary>
public readonly ref struct ProtoWriter(IBufferWriter<byte> output)
{
    private readonly IBufferWriter<byte> _output = output;

    /// <summary>Writes a varint field; 0 is written too (proto2 presence).</summary>
    public void WriteVarint(int field, ulong value)
    {
        WriteRaw((ulong)field << 3);
        WriteRaw(value);
    }

    /// <summary>Writes a length-delimited field.</summary>
    public void WriteBytes(int field, ReadOnlySpan<byte> value)
    {
        WriteHeader(field, value.Length);
        _output.Write(value);
    }

    /// <summary>Writes a text field as UTF-8.</summary>
    public void WriteText(int field, string value)
    {
        WriteHeader(field, Encoding.UTF8.GetByteCount(value));
        Encoding.UTF8.GetBytes(value, _output);
    }

    /// <summary>Writes the tag and length of a length-delimited field whose <paramref name="length"/> bytes the caller writes next.</summary>
    public void WriteHeader(int field, int length)
    {
        WriteRaw(((ulong)field << 3) | (int)WireType.Bytes);
        WriteRaw((ulong)length);
    }

    /// <summary>Bytes that a length-delimited field with <paramref name="length"/> bytes of content takes, tag and length included.</summary>
    public static int SizeOfBytes(int field, int length) => SizeOf((ulong)field << 3) + SizeOf((ulong)length) + length;

    /// <summary>Bytes that a varint field takes, tag included.</summary>
    public static int SizeOfVarint(int field, ulong value) => SizeOf((ulong)field << 3) + SizeOf(value);

    private static int SizeOf(ulong value) => Math.Max(1, (70 - System.Numerics.BitOperations.LeadingZeroCount(value)) / 7);

    private void WriteRaw(ulong value)
    {
        var span = _output.GetSpan(10);
        var i = 0;
        for (; value >= 0x80; value >>= 7) span[i++] = (byte)(value | 0x80);
        span[i++] = (byte)value;
        _output.Advance(i);
    }
}
