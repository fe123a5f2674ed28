using System.Buffers;
using IppanFleet.Libp2p.Multiformats;
using IppanFleet.Libp2p.Protobuf;

namespace IppanFleet.Libp2p.Protocols.GossipSub;

/// <summary>One RPC taken from a queue and not yet written: subscriptions, at most one control field, and the frames of messages.</summary>
internal sealed class OutboundRpc
{
    private readonly ArrayBufferWriter<byte> _subscriptions = new();
    private readonly ArrayBufferWriter<byte> _control = new();
    private readonly List<byte[]> _frames = [];
    private int _frameBytes;

    public ProtoWriter Subscriptions => new(_subscriptions);

    /// <summary>The content of the control field. There is one for each RPC: not all decoders merge several.</summary>
    public ProtoWriter Control => new(_control);

    /// <summary>Bytes of the RPC without its length prefix.</summary>
    public int Size => _subscriptions.WrittenCount + (_control.WrittenCount == 0 ? 0 : ProtoWriter.SizeOfBytes(RpcFields.Control, _control.WrittenCount)) + _frameBytes;

    public bool IsEmpty => Size == 0;

    public int Messages => _frames.Count;

    public void AddControl(ReadOnlySpan<byte> entry) => _control.Write(entry);

    public void AddMessage(byte[] frame)
    {
        _frames.Add(frame);
        _frameBytes += frame.Length;
    }

    /// <summary>Writes length prefix and RPC to a rented array, for the caller to give back.</summary>
    public byte[] Rent(out int length)
    {
        var size = Size;
        var buffer = ArrayPool<byte>.Shared.Rent(size + Varint.MaxSize);
        length = Varint.Write(buffer, (ulong)size);
        length += Copy(_subscriptions.WrittenSpan, buffer.AsSpan(length));
        if (_control.WrittenCount > 0)
        {
            length += Varint.Write(buffer.AsSpan(length), (RpcFields.Control << 3) | (int)WireType.Bytes);
            length += Varint.Write(buffer.AsSpan(length), (ulong)_control.WrittenCount);
            length += Copy(_control.WrittenSpan, buffer.AsSpan(length));
        }
        foreach (var frame in _frames) length += Copy(frame, buffer.AsSpan(length));
        return buffer;
    }

    public void Clear()
    {
        _subscriptions.ResetWrittenCount();
        _control.ResetWrittenCount();
        _frames.Clear();
        _frameBytes = 0;
    }

    private static int Copy(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        source.CopyTo(destination);
        return source.Length;
    }
}
