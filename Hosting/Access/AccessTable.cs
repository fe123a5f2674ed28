using IppanFleet.Grains;
using IppanFleet.Libp2p.Identity;
using IppanFleet.Libp2p.Multiformats;

namespace IppanFleet.Hosting.Access;

/// <summary>
/// The fleet's bans and allow-list, ready to be asked. What is said of the peer goes before what is said of its network, and the allow-list before the bans. Immutable; what has ended
/// by the time of the question does not count.
/// </summary>
internal sealed class AccessTable
{
    private readonly Dictionary<PeerId, DateTimeOffset> _allowedPeers = [];
    private readonly Dictionary<PeerId, DateTimeOffset> _bannedPeers = [];
    private readonly NetworkRules _allowedNetworks = new();
    private readonly NetworkRules _bannedNetworks = new();
    private readonly DateTimeOffset _allowedPeersUntil;

    internal AccessTable(AccessList list)
    {
        Version = list.Version;
        Bans = list.Bans.Length;
        IsEmpty = list.Bans.Length + list.Allowed.Length == 0;
        Fill(list.Allowed, _allowedPeers, _allowedNetworks);
        Fill(list.Bans, _bannedPeers, _bannedNetworks);
        _allowedPeersUntil = _allowedPeers.Count == 0 ? DateTimeOffset.MinValue : _allowedPeers.Values.Max();
        Allowed = [.. _allowedPeers.Keys.Select(peer => peer.ToString())];
    }

    internal long Version { get; }

    /// <summary>How many bans there are.</summary>
    internal int Bans { get; }

    /// <summary>Whether it says nothing.</summary>
    internal bool IsEmpty { get; }

    /// <summary>The peers on the allow-list.</summary>
    internal IReadOnlyCollection<string> Allowed { get; }

    /// <summary>Whether an address may connect, or be dialed, of which nothing else is known.</summary>
    internal bool Allows(Multiaddr address, DateTimeOffset now) => _allowedNetworks.Contains(address, now) || !_bannedNetworks.Contains(address, now);

    /// <summary>
    /// Whether a connection from an address may prove whose it is. As long as peers are on the allow-list anybody may, since any of them might stand behind it; who it is decides then.
    /// </summary>
    internal bool AllowsHandshake(Multiaddr address, DateTimeOffset now) => now < _allowedPeersUntil || Allows(address, now);

    /// <summary>Whether a peer may connect from, or be dialed at, an address.</summary>
    internal bool Allows(PeerId peer, Multiaddr address, DateTimeOffset now) => IsIn(_allowedPeers, peer, now) || (!IsIn(_bannedPeers, peer, now) && Allows(address, now));

    /// <summary>Whether a peer may be heard of from others.</summary>
    internal bool AllowsAuthor(PeerId author, DateTimeOffset now) => IsIn(_allowedPeers, author, now) || !IsIn(_bannedPeers, author, now);

    private static bool IsIn(Dictionary<PeerId, DateTimeOffset> peers, PeerId peer, DateTimeOffset now) => peers.TryGetValue(peer, out var until) && now < until;

    private static void Fill(AccessRule[] rules, Dictionary<PeerId, DateTimeOffset> peers, NetworkRules networks)
    {
        foreach (var rule in rules)
        {
            var until = rule.Until ?? DateTimeOffset.MaxValue;
            if (AccessSubjects.TryReadNetwork(rule.Subject, out var network)) networks.Add(network, until);
            else if (PeerId.TryParse(rule.Subject, out var peer)) peers[peer] = until;
        }
    }
}
