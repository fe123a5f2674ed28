using IppanFleet.Libp2p.Multiformats;
using Microsoft.Extensions.Logging;

namespace IppanFleet.Libp2p.Swarm;

/// <summary>Tells <see cref="IConnectionObserver"/>s, and asks the gater, so that neither can break the swarm.</summary>
internal sealed class ConnectionEvents(IConnectionGater? gater, ILogger logger)
{
    private IConnectionObserver[] _observers = [];

    internal void Add(IConnectionObserver observer) => _observers = [.. _observers, observer];

    internal void Opened(PeerConnection connection)
    {
        foreach (var observer in _observers) Try(observer, connection, static (o, c) => o.ConnectionOpened(c));
    }

    internal void Closed(PeerConnection connection, string reason)
    {
        foreach (var observer in _observers) Try(observer, (connection, reason), static (o, e) => o.ConnectionClosed(e.connection, e.reason));
    }

    internal void InboundRefused(Multiaddr address, string reason)
    {
        logger.InboundRefused(address, reason);
        foreach (var observer in _observers) Try(observer, (address, reason), static (o, e) => o.InboundRefused(e.address, e.reason));
    }

    internal void DialFailed(Multiaddr address, SwarmException e)
    {
        foreach (var observer in _observers) Try(observer, (address, e), static (o, f) => o.DialFailed(f.address, f.e.Fault, f.e.Message));
    }

    internal bool Allows<T>(T subject, Func<IConnectionGater, T, bool> ask)
    {
        if (gater is null) return true;
        try
        {
            return ask(gater, subject);
        }
        catch (Exception e)
        {
            logger.GaterFailed(e);
            return false;
        }
    }

    private void Try<T>(IConnectionObserver observer, T what, Action<IConnectionObserver, T> tell)
    {
        try
        {
            tell(observer, what);
        }
        catch (Exception e)
        {
            logger.ObserverFailed(e);
        }
    }
}
