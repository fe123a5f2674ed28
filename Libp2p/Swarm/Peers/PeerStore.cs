using IppanFleet.Libp2p.Identity;
using IppanFleet.Libp2p.Multiformats;

namespace IppanFleet.Libp2p.Swarm;

/// <summary>What is known of peers, connected or not: addresses, protocols, keys, signed records; bounded, and forgotten in time. Thread-safe.</summary>
public sealed class PeerStore(PeerStoreOptions options, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<PeerId, LinkedListNode<Entry>> _peers = [];
    private readonly LinkedList<Entry> _byTouch = new();

    /// <summary>How many peers are known.</summary>
    public int Count
    {
        get
        {
            lock (_gate) return _peers.Count;
        }
    }

    /// <summary>Takes addresses of <paramref name="peer"/>; one that is known lives as long as its best source says.</summary>
    public void AddAddresses(PeerId peer, IReadOnlyList<Multiaddr> addresses, AddressSource source)
    {
        var now = time.GetUtcNow();
        var until = options.Until(source, now);
        lock (_gate)
        {
            var known = Touch(peer).Addresses;
            for (var i = 0; i < addresses.Count; i++)
            {
                var address = addresses[i].WithoutPeer();
                var at = known.FindIndex(a => a.Address.Equals(address));
                if (at >= 0)
                {
                    if (known[at].Until < until) known[at] = (address, until);
                    continue;
                }
                if (known.Count >= options.MaxAddressesPerPeer && !MakeRoom(known, until)) continue;
                known.Add((address, until));
            }
        }
    }

    /// <summary>Where <paramref name="peer"/> may be dialed.</summary>
    public IReadOnlyList<Multiaddr> AddressesOf(PeerId peer)
    {
        var now = time.GetUtcNow();
        lock (_gate)
        {
            if (!_peers.TryGetValue(peer, out var node)) return [];
            node.Value.Addresses.RemoveAll(a => a.Until <= now);
            return [.. node.Value.Addresses.Select(a => a.Address)];
        }
    }

    /// <summary>Keeps what <paramref name="peer"/> told over its own connection. <paramref name="record"/> is verified when it is asked for: a handshake does not pay for it.</summary>
    public void Learn(PeerId peer, PublicKey? key, IReadOnlyList<string> protocols, ReadOnlyMemory<byte> record)
    {
        var until = time.GetUtcNow() + options.IdentifyLifetime;
        lock (_gate)
        {
            var entry = Touch(peer);
            if (key is not null && key.Id == peer) entry.Key = key;
            entry.Protocols = protocols.Count <= options.MaxProtocolsPerPeer ? protocols : [.. protocols.Take(options.MaxProtocolsPerPeer)];
            entry.ProtocolsUntil = until;
            if (!record.IsEmpty && record.Length <= options.MaxRecordSize) entry.Unverified = record;
        }
    }

    /// <summary>The protocols that the peer said it accepts.</summary>
    public IReadOnlyList<string> ProtocolsOf(PeerId peer)
    {
        lock (_gate) return _peers.TryGetValue(peer, out var node) && node.Value.ProtocolsUntil > time.GetUtcNow() ? node.Value.Protocols : [];
    }

    /// <summary>The peer's public key, where it was proved or the id carries it.</summary>
    public PublicKey? KeyOf(PeerId peer)
    {
        lock (_gate)
        {
            if (_peers.TryGetValue(peer, out var node) && node.Value.Key is { } key) return key;
        }
        return peer.TryGetInlineKey(out var protobuf) && PublicKey.TryFromProtobuf(protobuf, out var inline) ? inline : null;
    }

    /// <summary>The newest record that the peer signed about itself, with the envelope that others may be given; null when there is none that verifies.</summary>
    public (PeerRecord Record, ReadOnlyMemory<byte> Envelope)? FindRecord(PeerId peer)
    {
        lock (_gate)
        {
            if (!_peers.TryGetValue(peer, out var node)) return null;
            var entry = node.Value;
            if (!entry.Unverified.IsEmpty)
            {
                var newer = PeerRecord.TryOpen(entry.Unverified.Span, options.MaxAddressesPerPeer, out var record) && record.Peer == peer
                    && (entry.Certified is not { } known || record.Sequence > known.Record.Sequence);
                if (newer) entry.Certified = (record!, entry.Unverified);
                entry.Unverified = default;
            }
            return entry.Certified;
        }
    }

    /// <summary>Forgets a peer.</summary>
    public void Remove(PeerId peer)
    {
        lock (_gate)
        {
            if (_peers.Remove(peer, out var node)) _byTouch.Remove(node);
        }
    }

    private Entry Touch(PeerId peer)
    {
        if (_peers.TryGetValue(peer, out var node))
        {
            _byTouch.Remove(node);
        }
        else
        {
            if (_peers.Count >= options.MaxPeers && _byTouch.First is { } oldest)
            {
                _byTouch.RemoveFirst();
                _peers.Remove(oldest.Value.Peer);
            }
            node = new LinkedListNode<Entry>(new Entry(peer));
            _peers.Add(peer, node);
        }
        _byTouch.AddLast(node);
        return node.Value;
    }

    /// <summary>Forgets the address that expires first, unless the new one would expire before it.</summary>
    private static bool MakeRoom(List<(Multiaddr Address, DateTimeOffset Until)> known, DateTimeOffset until)
    {
        var first = 0;
        for (var i = 1; i < known.Count; i++)
        {
            if (known[i].Until < known[first].Until) first = i;
        }
        if (known[first].Until > until) return false;
        known.RemoveAt(first);
        return true;
    }

    private sealed class Entry(PeerId peer)
    {
        internal PeerId Peer { get; } = peer;

        internal List<(Multiaddr Address, DateTimeOffset Until)> Addresses { get; } = [];

        internal IReadOnlyList<string> Protocols { get; set; } = [];

        internal DateTimeOffset ProtocolsUntil { get; set; }

        internal PublicKey? Key { get; set; }

        internal ReadOnlyMemory<byte> Unverified { get; set; }

        internal (PeerRecord Record, ReadOnlyMemory<byte> Envelope)? Certified { get; set; }
    }
}
