using IppanFleet.Libp2p.Muxers.Yamux;

namespace IppanFleet.Libp2p.Tests.Attacks.Naive;

/// <summary>The books of a Yamux session that makes state first and checks nothing: windows are unsigned 32-bit numbers, as in the frames.</summary>
internal sealed class NaiveYamux
{
    internal Dictionary<uint, (uint Send, uint Receive)> Streams { get; } = [];

    internal void Receive(ReadOnlySpan<byte> frames)
    {
        while (frames.Length >= YamuxHeader.Size)
        {
            var header = YamuxHeader.Read(frames);
            frames = frames[YamuxHeader.Size..];
            if (header.Flags.HasFlag(YamuxFlags.Syn)) Streams[header.StreamId] = (YamuxOptions.InitialWindow, YamuxOptions.InitialWindow);
            var (send, receive) = Streams[header.StreamId];
            if (header.Type == YamuxType.WindowUpdate) send = checked(send + header.Length);
            else receive = unchecked(receive - header.Length);
            Streams[header.StreamId] = (send, receive);
        }
    }
}
