using IppanFleet.Libp2p.Multiformats;
using IppanFleet.Libp2p.Transports;

namespace IppanFleet.Testing;

/// <summary>Accepts connections that suffer from the network's conditions.</summary>
internal sealed class FaultyListener(FaultyTransport transport, ITransportListener inner) : ITransportListener
{
    public IReadOnlyList<Multiaddr> Addresses => inner.Addresses;

    public async ValueTask<TransportConnection?> AcceptAsync(CancellationToken cancellationToken) =>
        await inner.AcceptAsync(cancellationToken).ConfigureAwait(false) is { } raw ? transport.Accepted(raw) : null;

    public ValueTask DisposeAsync()
    {
        transport.Closed(this);
        return inner.DisposeAsync();
    }
}
