using System.Collections.Concurrent;
using IppanFleet.Libp2p.Multiformats;
using IppanFleet.Libp2p.Transports;

namespace IppanFleet.Testing;

/// <summary>A node's transport within <see cref="NetworkConditions"/>: what it dials and accepts suffers from them.</summary>
public sealed class FaultyTransport : ITransport
{
    private readonly string _node;
    private readonly ITransport _inner;
    private readonly NetworkConditions _conditions;
    private readonly ConcurrentDictionary<FaultyChannel, bool> _channels = new();
    private readonly ConcurrentDictionary<FaultyListener, bool> _listeners = new();
    private volatile bool _isSevered;

    internal FaultyTransport(string node, ITransport inner, NetworkConditions conditions) => (_node, _inner, _conditions) = (node, inner, conditions);

    /// <inheritdoc/>
    public bool Supports(Multiaddr address) => _inner.Supports(address);

    /// <summary>Connects. Across a blackhole it waits for the partition to heal; across a cut it fails at once.</summary>
    /// <exception cref="IOException">The remote could not be reached.</exception>
    public async ValueTask<TransportConnection> DialAsync(Multiaddr address, CancellationToken cancellationToken)
    {
        var target = _conditions.Addresses.ListenerAt(address);
        await PassAsync(address, target, cancellationToken).ConfigureAwait(false);
        var raw = await _inner.DialAsync(address, cancellationToken).ConfigureAwait(false);
        _conditions.Addresses.Dials(_node, raw.LocalAddress, raw.RemoteAddress);
        return Wrap(raw, () => target, () => _conditions.Addresses.Ends(_node, raw.LocalAddress, raw.RemoteAddress));
    }

    /// <inheritdoc/>
    public async ValueTask<ITransportListener> ListenAsync(Multiaddr address, CancellationToken cancellationToken)
    {
        var listener = new FaultyListener(this, await _inner.ListenAsync(address, cancellationToken).ConfigureAwait(false));
        foreach (var actual in listener.Addresses) _conditions.Addresses.Listens(_node, actual);
        _listeners[listener] = true;
        if (_isSevered) await listener.DisposeAsync().ConfigureAwait(false);
        return listener;
    }

    /// <summary>Ends everything at once, as the death of the node's process would: nothing is flushed, no goodbye gets out, nothing can be dialed or listened on any more.</summary>
    public async Task SeverAsync()
    {
        _isSevered = true;
        foreach (var channel in _channels.Keys) channel.Sever();
        foreach (var listener in _listeners.Keys) await listener.DisposeAsync().ConfigureAwait(false);
    }

    internal TransportConnection Accepted(TransportConnection raw) =>
        Wrap(raw, () => _conditions.Addresses.DialerOf(raw.RemoteAddress, raw.LocalAddress), static () => { });

    internal void Closed(FaultyListener listener)
    {
        _listeners.TryRemove(listener, out _);
        foreach (var address in listener.Addresses) _conditions.Addresses.StopsListening(_node, address);
    }

    private async ValueTask PassAsync(Multiaddr address, string? target, CancellationToken cancellationToken)
    {
        while (true)
        {
            var changed = _conditions.Changed;
            if (_isSevered) throw new IOException($"{address}: {_node} is dead");
            switch (_conditions.Between(_node, target))
            {
                case null: return;
                case PartitionKind.Cut: throw new IOException($"{address}: {_node} is cut off from {target}");
                default: await changed.WaitAsync(cancellationToken).ConfigureAwait(false); break;
            }
        }
    }

    private TransportConnection Wrap(TransportConnection raw, Func<string?> remote, Action ended)
    {
        FaultyChannel? channel = null;
        channel = new FaultyChannel(raw.Channel, _node, remote, _conditions, () =>
        {
            _channels.TryRemove(channel!, out _);
            ended();
        });
        _channels[channel] = true;
        // What happened while it was made is not lost on it.
        if (_isSevered) channel.Sever();
        channel.Recheck();
        return raw with { Channel = channel };
    }
}
