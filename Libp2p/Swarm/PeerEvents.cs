using IppanFleet.Libp2p.Identity;
using Microsoft.Extensions.Logging;

namespace IppanFleet.Libp2p.Swarm;

/// <summary>Tells the observers what happened, in the order in which it happened, on no lock of the swarm.</summary>
internal sealed class PeerEvents(ILogger logger)
{
    private readonly Lock _gate = new();
    private readonly Queue<Action<IPeerObserver>> _waiting = new();
    private IPeerObserver[] _observers = [];
    private bool _telling;

    internal void Add(IPeerObserver observer)
    {
        lock (_gate) _observers = [.. _observers, observer];
    }

    /// <summary>Queues an event; bounded by the peers that come and go, each of which queues two at most.</summary>
    internal void Enqueue(Action<IPeerObserver> tell)
    {
        lock (_gate) _waiting.Enqueue(tell);
    }

    internal void Connected(PeerId peer, PeerConnection connection) => Enqueue(o => o.PeerConnected(peer, connection));

    internal void Disconnected(PeerId peer) => Enqueue(o => o.PeerDisconnected(peer));

    /// <summary>Tells what is queued, unless another thread is at it.</summary>
    internal void Tell()
    {
        while (true)
        {
            Action<IPeerObserver> tell;
            IPeerObserver[] observers;
            lock (_gate)
            {
                if (_telling || !_waiting.TryDequeue(out tell!)) return;
                _telling = true;
                observers = _observers;
            }
            foreach (var observer in observers)
            {
                try
                {
                    tell(observer);
                }
                catch (Exception e)
                {
                    logger.ObserverFailed(e);
                }
            }
            lock (_gate) _telling = false;
        }
    }
}
