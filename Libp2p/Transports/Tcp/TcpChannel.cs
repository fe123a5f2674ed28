using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace IppanFleet.Libp2p.Transports.Tcp;

/// <summary>The bytes of one TCP connection.</summary>
internal sealed class TcpChannel(Socket socket) : ByteChannel
{
    /// <summary>Where the first byte is looked at; nobody reads it, so all channels share it.</summary>
    private static readonly byte[] Glance = new byte[1];

    private volatile ChannelException? _end;

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            if (!buffer.IsEmpty) return await socket.ReceiveAsync(buffer, SocketFlags.None, cancellationToken).ConfigureAwait(false);
            // An empty receive returns at once after one that emptied the socket; a look at the first byte really waits.
            await socket.ReceiveAsync(Glance, SocketFlags.Peek, cancellationToken).ConfigureAwait(false);
            return 0;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            throw End(e);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default)
    {
        try
        {
            while (!data.IsEmpty)
            {
                var sent = await socket.SendAsync(data, SocketFlags.None, cancellationToken).ConfigureAwait(false);
                data = data[sent..];
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            throw End(e);
        }
    }

    public override ValueTask CloseWriteAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            socket.Shutdown(SocketShutdown.Send);
            return ValueTask.CompletedTask;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return ValueTask.FromException(End(e));
        }
    }

    public override void Abort(ChannelFault fault = ChannelFault.Aborted, string? rule = null)
    {
        _end ??= new ChannelException(fault, rule);
        socket.Dispose();
    }

    private ChannelException End(Exception cause) => _end ?? new ChannelException(
        cause is SocketException { SocketErrorCode: SocketError.ConnectionReset } ? ChannelFault.Reset : ChannelFault.ConnectionLost, rule: null, cause);
}
