using System.Threading.Channels;
using IppanFleet.Libp2p.Muxers;
using IppanFleet.Libp2p.Muxers.Yamux;

namespace IppanFleet.Libp2p.Tests.Muxers;

/// <summary>Two Yamux connections back to back. Streams that the dialer opens are echoed, or handed to <see cref="AcceptAsync"/>.</summary>
internal sealed class MuxedPair : IAsyncDisposable
{
    private readonly Channel<ByteChannel> _accepted = Channel.CreateBounded<ByteChannel>(20_000);

    private MuxedPair(ByteChannel dialer, ByteChannel listener, YamuxOptions options, bool echo)
    {
        Dialer = new YamuxMuxer(options).Create(dialer, initiator: true, stream => stream.Abort());
        Listener = new YamuxMuxer(options).Create(listener, initiator: false, stream =>
        {
            if (echo) _ = EchoAsync(stream);
            else _accepted.Writer.TryWrite(stream).ShouldBeTrue();
        });
        Dialer.Start();
        Listener.Start();
    }

    internal IMuxedConnection Dialer { get; }

    internal IMuxedConnection Listener { get; }

    internal static async Task<MuxedPair> CreateAsync(string kind, bool echo = false, YamuxOptions? options = null)
    {
        var (dialer, listener) = await ChannelPairs.CreateAsync(kind);
        return new MuxedPair(dialer, listener, options ?? new YamuxOptions(), echo);
    }

    internal async Task<ByteChannel> AcceptAsync() => await _accepted.Reader.ReadAsync(TestHosts.Deadline);

    /// <summary>A stream of which both ends are known.</summary>
    internal async Task<(ByteChannel Near, ByteChannel Far)> OpenAsync()
    {
        var near = Dialer.OpenStream();
        await near.WriteAsync(new byte[1]);
        var far = await AcceptAsync();
        await far.ReadExactlyAsync(1);
        return (near, far);
    }

    public async ValueTask DisposeAsync()
    {
        await Dialer.DisposeAsync();
        await Listener.DisposeAsync();
    }

    private static async Task EchoAsync(ByteChannel stream)
    {
        try
        {
            await stream.EchoAsync();
            await stream.DisposeAsync();
        }
        catch (ChannelException)
        {
            // The test ended the stream or the connection.
        }
    }
}
