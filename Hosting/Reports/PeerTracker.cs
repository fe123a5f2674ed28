using System.Runtime.InteropServices;
using IppanFleet.Grains;
using IppanFleet.P2P;

namespace IppanFleet.Hosting.Reports;

/// <summary>
/// What was last reported of each peer of one node, and so what there is to report: at once when something meaningful changed, else once in a while. It knows the peers that are connected and no
/// others. Pure: no clock, no I/O; not thread-safe.
/// </summary>
internal sealed class PeerTracker(string node, TimeSpan refresh)
{
    /// <summary>So long a new peer may take to say who it is, so that it is told of once and not twice.</summary>
    internal static readonly TimeSpan Introduction = TimeSpan.FromSeconds(2);

    private readonly Dictionary<string, Known> _known = new(StringComparer.Ordinal);
    private readonly List<string> _gone = [];
    private int _round;

    /// <summary>Compares the connected peers with what was reported.</summary>
    /// <param name="peers">The peers that are connected.</param>
    /// <param name="isBanned">Whether the fleet has banned the peer at that address.</param>
    /// <param name="now">The time.</param>
    /// <param name="report">Takes each report.</param>
    internal void Update(IReadOnlyList<PeerSnapshot> peers, Func<PeerSnapshot, bool> isBanned, DateTimeOffset now, Action<PeerReport> report)
    {
        _round++;
        foreach (var peer in peers)
        {
            if (ReferenceEquals(peer.Claims, PeerClaims.None) && now - peer.ConnectedAt < Introduction && !_known.ContainsKey(peer.PeerId)) continue;
            ref var known = ref CollectionsMarshal.GetValueRefOrAddDefault(_known, peer.PeerId, out _);
            var before = known.Peer;
            known.Round = _round;
            // A connection that has another beginning is another one.
            var isNew = before is null || before.ConnectedAt != peer.ConnectedAt;
            var isMeaningful = isNew || before!.Address != peer.Address || before.Standing != peer.Standing || !ReferenceEquals(before.Claims, peer.Claims);
            if (!isMeaningful && now - known.ReportedAt < refresh) continue;
            report(ReportOf(peer, before, isConnected: true, (PeerBand)peer.Standing, isMeaningful, isNew ? 1 : 0, now));
            (known.Peer, known.ReportedAt) = (peer, now);
        }

        foreach (var (id, known) in _known)
        {
            if (known.Round != _round) _gone.Add(id);
        }

        foreach (var id in _gone)
        {
            _known.Remove(id, out var known);
            var band = isBanned(known.Peer!) ? PeerBand.Banned : (PeerBand)known.Peer!.Standing;
            report(ReportOf(known.Peer!, known.Peer, isConnected: false, band, isMeaningful: true, connections: 0, now));
        }

        _gone.Clear();
    }

    private PeerReport ReportOf(PeerSnapshot peer, PeerSnapshot? before, bool isConnected, PeerBand band, bool isMeaningful, int connections, DateTimeOffset now) => new()
    {
        Node = node,
        PeerId = peer.PeerId,
        At = now,
        IsConnected = isConnected,
        IsInbound = peer.Inbound,
        Address = peer.Address,
        Agent = peer.Claims.Agent,
        Protocols = [.. peer.Claims.Protocols],
        ListenAddresses = [.. peer.Claims.ListenAddresses],
        Band = band,
        Penalty = peer.Penalty,
        RoundTripTime = peer.RoundTripTime,
        Connections = connections,
        // A peer that came back counts from nought.
        Accepted = peer.Accepted - (before?.Accepted <= peer.Accepted ? before.Accepted : 0),
        Rejected = peer.Rejected - (before?.Rejected <= peer.Rejected ? before.Rejected : 0),
        IsMeaningful = isMeaningful,
    };

    private struct Known
    {
        /// <summary>The peer as it was last reported.</summary>
        internal PeerSnapshot? Peer;
        internal DateTimeOffset ReportedAt;
        internal int Round;
    }
}
