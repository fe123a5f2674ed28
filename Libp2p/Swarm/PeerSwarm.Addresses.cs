using IppanFleet.Libp2p.Identity;
using IppanFleet.Libp2p.Multiformats;

namespace IppanFleet.Libp2p.Swarm;

/// <content>What we tell others about ourselves, and what they tell of themselves and of us.</content>
public sealed partial class PeerSwarm
{
    private readonly Lock _announceGate = new();
    private readonly ObservedAddresses _observed;
    private Announcement? _announcement;
    private List<Multiaddr> _believed = [];
    private ulong _sequence;

    /// <summary>What is known of peers, connected or not.</summary>
    public PeerStore Store { get; }

    /// <summary>Where we tell others that we can be dialed, without <c>/p2p/…</c>: <see cref="SwarmOptions.AnnounceAddresses"/>, else where we listen and where enough peers see us; filtered.</summary>
    public IReadOnlyList<Multiaddr> AnnouncedAddresses => Announce().Addresses;

    /// <summary>Connects to a peer at the addresses that are known of it.</summary>
    /// <exception cref="SwarmException">It failed; the message says how.</exception>
    public Task<PeerConnection> DialAsync(PeerId peer, CancellationToken cancellationToken = default) => DialAsync(peer, Store.AddressesOf(peer), cancellationToken);

    /// <summary>Our signed record of <see cref="AnnouncedAddresses"/>, in its envelope.</summary>
    internal ReadOnlyMemory<byte> SignedRecord => Announce().Envelope;

    /// <summary>Called when the addresses or protocols that we tell of have changed.</summary>
    internal Action AnnouncementChanged { get; set; } = static () => { };

    /// <summary>Takes what Identify told over <paramref name="connection"/> and passes it on to the observers.</summary>
    internal void Identified(PeerInfo info, PeerConnection connection)
    {
        if (_connections.Find(info.Peer) is null) return;
        Store.AddAddresses(info.Peer, Filtered(info.ListenAddresses), AddressSource.Identify);
        Store.Learn(info.Peer, connection.RemotePublicKey, info.Protocols, info.SignedRecord);
        if (info.ObservedAddress is { } seen) TakeObserved(seen.WithoutPeer(), connection);
        _connections.WhileConnected(info.Peer, (Swarm: this, info), static s =>
        {
            s.Swarm._identified[s.info.Peer] = s.info;
            s.Swarm._events.Identified(s.info);
        });
        _events.Tell();
    }

    private Announcement Announce()
    {
        if (Volatile.Read(ref _announcement) is { } known) return known;
        lock (_announceGate)
        {
            if (_announcement is { } made) return made;
            var addresses = Filtered(_options.AnnounceAddresses ?? [.. ListenAddresses.Concat(_believed).Distinct()]);
            // Sequence numbers grow across restarts as well: they follow the clock.
            _sequence = Math.Max(_sequence + 1, (ulong)Time.GetUtcNow().ToUnixTimeMilliseconds());
            return _announcement = new Announcement(addresses, PeerRecord.Seal(Identity, _sequence, addresses));
        }
    }

    private void AnnounceAnew()
    {
        lock (_announceGate) _announcement = null;
        AnnouncementChanged();
    }

    /// <summary>Only who dialed us saw a port that others can dial; an address that a peer sees on a connection of ours has a random one.</summary>
    private void TakeObserved(Multiaddr seen, PeerConnection connection)
    {
        if (connection.Direction != Direction.Inbound || seen.Parts.Count != 2 || !seen.TryGetTcpEndPoint(out _)) return;
        lock (_announceGate)
        {
            var now = Time.GetUtcNow();
            _observed.Report(seen, connection.RemotePeer, IpGroup.Of(connection.RemoteAddress, loopback: false).Subnet, now);
            var believed = _observed.Active(now);
            if (believed.SequenceEqual(_believed)) return;
            _believed = believed;
            _announcement = null;
        }
        AnnouncementChanged();
    }

    private IReadOnlyList<Multiaddr> Filtered(IReadOnlyList<Multiaddr> addresses) => _options.AddressFilter is { } filter ? [.. addresses.Where(filter)] : addresses;

    private sealed record Announcement(IReadOnlyList<Multiaddr> Addresses, ReadOnlyMemory<byte> Envelope);
}
