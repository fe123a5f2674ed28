using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using IppanFleet.Libp2p.Multiformats;

namespace IppanFleet.Libp2p.Transports.Tcp;

/// <summary>TCP over IPv4 and IPv6, without Nagle's delay; dials DNS names too (<c>/dns4/NAME/tcp/PORT</c>).</summary>
public sealed class TcpTransport(TimeProvider? time = null) : ITransport
{
    private const int ListenBacklog = 512;

    /// <inheritdoc/>
    public bool Supports(Multiaddr address)
    {
        var parts = address.Parts;
        var plain = parts.Count == 2 || (parts.Count == 3 && parts[2].Protocol.Name == "p2p");
        return plain && parts[0].Protocol.Name is "ip4" or "ip6" or "dns" or "dns4" or "dns6" && parts[1].Protocol.Name == "tcp";
    }

    /// <inheritdoc/>
    public async ValueTask<TransportConnection> DialAsync(Multiaddr address, CancellationToken cancellationToken)
    {
        var endPoint = await ResolveAsync(address, cancellationToken).ConfigureAwait(false);
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(endPoint, cancellationToken).ConfigureAwait(false);
            return Wrap(socket);
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw new IOException($"{address}: {e.SocketErrorCode}", e);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public ValueTask<ITransportListener> ListenAsync(Multiaddr address, CancellationToken cancellationToken)
    {
        if (!address.TryGetTcpEndPoint(out var endPoint)) throw new IOException($"{address}: a TCP listener wants /ip4|ip6/ADDRESS/tcp/PORT");
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (endPoint.AddressFamily == AddressFamily.InterNetworkV6) socket.DualMode = false;
            socket.Bind(endPoint);
            socket.Listen(ListenBacklog);
            return ValueTask.FromResult<ITransportListener>(new TcpListener(socket, Expand((IPEndPoint)socket.LocalEndPoint!), time ?? TimeProvider.System));
        }
        catch (SocketException e)
        {
            socket.Dispose();
            var advice = e.SocketErrorCode == SocketError.AddressAlreadyInUse ? "the port is taken; choose another, or 0 for any free one" : e.SocketErrorCode.ToString();
            throw new IOException($"cannot listen on {address}: {advice}", e);
        }
    }

    internal static TransportConnection Wrap(Socket socket) => new(
        new TcpChannel(socket),
        Multiaddr.FromEndPoint((IPEndPoint)socket.LocalEndPoint!),
        Multiaddr.FromEndPoint((IPEndPoint)socket.RemoteEndPoint!));

    private static async ValueTask<IPEndPoint> ResolveAsync(Multiaddr address, CancellationToken cancellationToken)
    {
        if (address.TryGetTcpEndPoint(out var endPoint)) return endPoint;
        var family = address.Parts[0].Protocol.Name switch { "dns4" => AddressFamily.InterNetwork, "dns6" => AddressFamily.InterNetworkV6, _ => AddressFamily.Unspecified };
        try
        {
            var found = await Dns.GetHostAddressesAsync(address.Parts[0].Text, family, cancellationToken).ConfigureAwait(false);
            if (found.Length == 0) throw new IOException($"{address}: the name has no address");
            return new IPEndPoint(found[0], System.Buffers.Binary.BinaryPrimitives.ReadUInt16BigEndian(address.Parts[1].Value.Span));
        }
        catch (SocketException e)
        {
            throw new IOException($"{address}: the name does not resolve ({e.SocketErrorCode})", e);
        }
    }

    private static List<Multiaddr> Expand(IPEndPoint bound)
    {
        if (!bound.Address.Equals(IPAddress.Any) && !bound.Address.Equals(IPAddress.IPv6Any)) return [Multiaddr.FromEndPoint(bound)];
        var addresses = new List<Multiaddr>();
        foreach (var network in NetworkInterface.GetAllNetworkInterfaces())
        {
            if (network.OperationalStatus != OperationalStatus.Up) continue;
            foreach (var unicast in network.GetIPProperties().UnicastAddresses)
            {
                if (unicast.Address.AddressFamily == bound.AddressFamily && !unicast.Address.IsIPv6LinkLocal) addresses.Add(Multiaddr.FromEndPoint(new IPEndPoint(unicast.Address, bound.Port)));
            }
        }
        return addresses;
    }
}

/// <summary>A listening TCP socket.</summary>
internal sealed class TcpListener(Socket socket, IReadOnlyList<Multiaddr> addresses, TimeProvider time) : ITransportListener
{
    private static readonly TimeSpan OutOfResources = TimeSpan.FromMilliseconds(100);

    public IReadOnlyList<Multiaddr> Addresses { get; } = addresses;

    public async ValueTask<TransportConnection?> AcceptAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Socket? accepted = null;
            try
            {
                accepted = await socket.AcceptAsync(cancellationToken).ConfigureAwait(false);
                accepted.NoDelay = true;
                return TcpTransport.Wrap(accepted);
            }
            catch (ObjectDisposedException)
            {
                accepted?.Dispose();
                return null;
            }
            catch (SocketException e)
            {
                accepted?.Dispose();
                if (e.SocketErrorCode is SocketError.OperationAborted or SocketError.Interrupted) return null;
                // Out of descriptors or memory: the waiting connection stays in the backlog; trying at once would spin.
                if (e.SocketErrorCode is SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable) await Task.Delay(OutOfResources, time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    public ValueTask DisposeAsync()
    {
        socket.Dispose();
        return ValueTask.CompletedTask;
    }
}
