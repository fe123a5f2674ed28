using System.Collections.Concurrent;
using IppanFleet.Libp2p.Multiformats;

namespace IppanFleet.Testing;

/// <summary>Which node is behind an address: listeners by where they listen, dialers by the two ends of their connection.</summary>
internal sealed class NodeAddresses
{
    private readonly ConcurrentDictionary<Multiaddr, string> _listeners = new();
    private readonly ConcurrentDictionary<(Multiaddr Dialer, Multiaddr Listener), string> _dialers = new();

    internal void Listens(string node, Multiaddr address) => _listeners[address] = node;

    internal void StopsListening(string node, Multiaddr address) => _listeners.TryRemove(new(address, node));

    internal void Dials(string node, Multiaddr dialer, Multiaddr listener) => _dialers[(dialer, listener)] = node;

    internal void Ends(string node, Multiaddr dialer, Multiaddr listener) => _dialers.TryRemove(new((dialer, listener), node));

    /// <summary>Who listens there; null when it is no node of the network.</summary>
    internal string? ListenerAt(Multiaddr address) => _listeners.GetValueOrDefault(address.WithoutPeer());

    /// <summary>Who dialed; null while it has not said so, which is before its first byte, and when it is no node of the network.</summary>
    internal string? DialerOf(Multiaddr dialer, Multiaddr listener) => _dialers.GetValueOrDefault((dialer, listener));
}
