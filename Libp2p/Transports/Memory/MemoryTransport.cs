using System.Collections.Concurrent;
using System.Globalization;
using System.Threading.Channels;
using IppanFleet.Libp2p.Multiformats;

namespace IppanFleet.Libp2p.Transports.Memory;

/// <summary>A network inside this process: hosts that share one instance reach each other under <c>/memory/NAME</c>; <c>/memory/0</c> takes a free name.</summary>
public sealed class MemoryNetwork
{
    private readonly ConcurrentDictionary<string, MemoryListener> _listeners = new(StringComparer.Ordinal);
    private long _next;

    internal MemoryListener Listen(string name)
    {
        if (name == "0") name = string.Create(CultureInfo.InvariantCulture, $"n{Interlocked.Increment(ref _next)}");
        var listener = new MemoryListener(this, name);
        return _listeners.TryAdd(name, listener) ? listener : throw new IOException($"cannot listen on /memory/{name}: the name is taken");
    }

    internal MemoryListener? Find(string name) => _listeners.GetValueOrDefault(name);

    internal void Remove(MemoryListener listener) => _listeners.TryRemove(new(listener.Name, listener));

    internal string NextDialer() => string.Create(CultureInfo.InvariantCulture, $"d{Interlocked.Increment(ref _next)}");
}

/// <summary>The transport of a <see cref="MemoryNetwork"/>: no sockets, the same rules.</summary>
public sealed class MemoryTransport(MemoryNetwork network) : ITransport
{
    /// <inheritdoc/>
    public bool Supports(Multiaddr address) => address.Parts[0].Protocol.Name == "memory" && (address.Parts.Count == 1 || (address.Parts.Count == 2 && address.Parts[1].Protocol.Name == "p2p"));

    /// <inheritdoc/>
    public async ValueTask<TransportConnection> DialAsync(Multiaddr address, CancellationToken cancellationToken)
    {
        var listener = network.Find(address.Parts[0].Text) ?? throw new IOException($"{address}: nobody listens there");
        var (near, far) = MemoryChannel.CreatePair();
        var local = Multiaddr.Parse($"/memory/{network.NextDialer()}");
        await listener.EnqueueAsync(new TransportConnection(far, address.WithoutPeer(), local), cancellationToken).ConfigureAwait(false);
        return new TransportConnection(near, local, address.WithoutPeer());
    }

    /// <inheritdoc/>
    public ValueTask<ITransportListener> ListenAsync(Multiaddr address, CancellationToken cancellationToken) => ValueTask.FromResult<ITransportListener>(network.Listen(address.Parts[0].Text));
}

/// <summary>A name that is listened on in a <see cref="MemoryNetwork"/>.</summary>
internal sealed class MemoryListener(MemoryNetwork network, string name) : ITransportListener
{
    private const int Backlog = 512;

    private readonly Channel<TransportConnection> _waiting = Channel.CreateBounded<TransportConnection>(Backlog);

    internal string Name { get; } = name;

    public IReadOnlyList<Multiaddr> Addresses { get; } = [Multiaddr.Parse($"/memory/{name}")];

    public async ValueTask<TransportConnection?> AcceptAsync(CancellationToken cancellationToken) =>
        await _waiting.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false) && _waiting.Reader.TryRead(out var connection) ? connection : null;

    public ValueTask DisposeAsync()
    {
        network.Remove(this);
        _waiting.Writer.TryComplete();
        while (_waiting.Reader.TryRead(out var connection)) connection.Channel.Abort();
        return ValueTask.CompletedTask;
    }

    internal async ValueTask EnqueueAsync(TransportConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            await _waiting.Writer.WriteAsync(connection, cancellationToken).ConfigureAwait(false);
        }
        catch (ChannelClosedException e)
        {
            throw new IOException($"/memory/{Name}: nobody listens there", e);
        }
    }
}
