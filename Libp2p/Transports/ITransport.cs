using IppanFleet.Libp2p.Multiformats;

namespace IppanFleet.Libp2p.Transports;

/// <summary>A way to reach other hosts.</summary>
public interface ITransport
{
    /// <summary>Whether it can dial and listen on <paramref name="address"/> (a trailing <c>/p2p/…</c> does not matter).</summary>
    bool Supports(Multiaddr address);

    /// <summary>Connects.</summary>
    /// <exception cref="IOException">The remote could not be reached.</exception>
    ValueTask<TransportConnection> DialAsync(Multiaddr address, CancellationToken cancellationToken);

    /// <summary>Starts to listen.</summary>
    /// <exception cref="IOException">The address cannot be had; the message says which and why.</exception>
    ValueTask<ITransportListener> ListenAsync(Multiaddr address, CancellationToken cancellationToken);
}

/// <summary>Accepts connections until it is disposed.</summary>
public interface ITransportListener : IAsyncDisposable
{
    /// <summary>Where it can be dialed; unspecified addresses are expanded to this machine's, ports are the real ones.</summary>
    IReadOnlyList<Multiaddr> Addresses { get; }

    /// <summary>The next connection, or null once the listener is closed.</summary>
    ValueTask<TransportConnection?> AcceptAsync(CancellationToken cancellationToken);
}

/// <summary>A raw connection: neither secured nor multiplexed.</summary>
public sealed record TransportConnection(ByteChannel Channel, Multiaddr LocalAddress, Multiaddr RemoteAddress);
