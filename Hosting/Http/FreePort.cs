using System.Net;
using System.Net.Sockets;

namespace IppanFleet.Hosting.Http;

/// <summary>Finds a port to listen on.</summary>
public static class FreePort
{
    private const int Attempts = 100;

    /// <summary>The first port from <paramref name="first"/> on that is free on loopback.</summary>
    /// <exception cref="IOException">None of the next hundred is.</exception>
    public static int From(int first)
    {
        for (var port = first; port < first + Attempts && port <= IPEndPoint.MaxPort; port++)
        {
            using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                probe.Bind(new IPEndPoint(IPAddress.Loopback, port));
                probe.Listen(1);
                return port;
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.AddressAlreadyInUse or SocketError.AccessDenied)
            {
                // The next one, then.
            }
        }

        throw new IOException($"No port from {first} on is free for HTTP.");
    }
}
