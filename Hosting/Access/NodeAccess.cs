using IppanFleet.Grains;
using IppanFleet.Libp2p.Identity;
using IppanFleet.Libp2p.Multiformats;
using IppanFleet.Libp2p.Swarm;
using IppanFleet.P2P.LibP2P;

namespace IppanFleet.Hosting.Access;

/// <summary>What the nodes of this silo ask before they deal with anybody: the fleet's bans as last heard. It never waits. Thread-safe.</summary>
internal sealed class NodeAccess(TimeProvider time) : IAccessPolicy
{
    private readonly TaskCompletionSource _known = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile AccessTable _table = new(new AccessList { Version = -1 });
    private long _refused;

    /// <summary>Which version is in force; -1 before the first was heard of.</summary>
    internal long Version => _table.Version;

    /// <summary>Whether there is nothing to be looked for.</summary>
    internal bool IsEmpty => _table.IsEmpty;

    /// <summary>Peers that are kept from being evicted.</summary>
    internal IReadOnlyCollection<string> Protected => _table.Allowed;

    /// <summary>Bans in force.</summary>
    internal int Bans => _table.Bans;

    /// <summary>Connections and dials that were refused.</summary>
    internal long Refused => Interlocked.Read(ref _refused);

    /// <summary>Ends once the fleet's bans are known: no node listens before.</summary>
    internal Task WhenKnown => _known.Task;

    /// <summary>Puts a list in force; false when it is there already.</summary>
    internal bool Set(AccessList list)
    {
        if (list.Version == Version) return false;
        _table = new AccessTable(list);
        _known.TrySetResult();
        return true;
    }

    /// <inheritdoc/>
    public bool AllowDial(PeerId? peer, Multiaddr address) => Counted(peer is null ? _table.Allows(address, Now()) : _table.Allows(peer, address, Now()));

    /// <inheritdoc/>
    public bool AllowAccept(Multiaddr remoteAddress) => Counted(_table.AllowsHandshake(remoteAddress, Now()));

    /// <inheritdoc/>
    public bool AllowSecured(Direction direction, PeerId peer, Multiaddr remoteAddress) => Counted(_table.Allows(peer, remoteAddress, Now()));

    /// <inheritdoc/>
    public bool AllowUpgraded(PeerConnection connection) => AllowSecured(connection.Direction, connection.RemotePeer, connection.RemoteAddress);

    /// <inheritdoc/>
    public bool AllowAuthor(PeerId author) => _table.AllowsAuthor(author, Now());

    /// <summary>Whether a peer that was connected from that address would be refused now.</summary>
    internal bool IsBanned(string peer, string address) =>
        !IsEmpty && PeerId.TryParse(peer, out var id) && Multiaddr.TryParse(address, out var where, out _) && !_table.Allows(id, where, Now());

    private DateTimeOffset Now() => time.GetUtcNow();

    private bool Counted(bool allowed)
    {
        if (!allowed) Interlocked.Increment(ref _refused);
        return allowed;
    }
}
