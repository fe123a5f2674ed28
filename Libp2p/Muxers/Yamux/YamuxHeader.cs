using System.Buffers.Binary;

namespace IppanFleet.Libp2p.Muxers.Yamux;

internal enum YamuxType : byte
{
    Data = 0,
    WindowUpdate = 1,
    Ping = 2,
    GoAway = 3,
}

[Flags]
internal enum YamuxFlags : ushort
{
    None = 0,
    Syn = 1,
    Ack = 2,
    Fin = 4,
    Rst = 8,
}

/// <summary>The 12 bytes before each frame, big-endian (https://github.com/hashicorp/yamux/blob/master/spec.md §Framing). Only Data has a body, of <see cref="Length"/> bytes.</summary>
internal readonly record struct YamuxHeader(YamuxType Type, YamuxFlags Flags, uint StreamId, uint Length, byte Version = 0)
{
    internal const int Size = 12;

    internal bool Has(YamuxFlags flag) => (Flags & flag) != YamuxFlags.None;

    internal static YamuxHeader Read(ReadOnlySpan<byte> source) => new(
        (YamuxType)source[1],
        (YamuxFlags)BinaryPrimitives.ReadUInt16BigEndian(source[2..]),
        BinaryPrimitives.ReadUInt32BigEndian(source[4..]),
        BinaryPrimitives.ReadUInt32BigEndian(source[8..]),
        source[0]);

    internal void Write(Span<byte> target)
    {
        target[0] = Version;
        target[1] = (byte)Type;
        BinaryPrimitives.WriteUInt16BigEndian(target[2..], (ushort)Flags);
        BinaryPrimitives.WriteUInt32BigEndian(target[4..], StreamId);
        BinaryPrimitives.WriteUInt32BigEndian(target[8..], Length);
    }
}
