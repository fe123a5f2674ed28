using IppanFleet.Libp2p.Identity;

namespace IppanFleet.Libp2p.Swarm;

/// <summary>Which of several connections with one peer is kept: both ends conclude the same without a word. Pure.</summary>
/// <remarks>
/// When both sides dialed, what the lower peer id dialed is kept. Of several that one side dialed, the oldest; of those that came together, whose order the ends may see differently,
/// the one whose handshake gave the lowest session number. What the other side dialed and what is not kept ends once it has no streams: closed by either end when the sides dialed each other,
/// else by the side that dialed. The side that was dialed cannot know whether its older connection is still alive at the other end.
/// </remarks>
internal static class ConnectionPreference
{
    /// <summary>Connections this close in age came together.</summary>
    internal static readonly TimeSpan Together = TimeSpan.FromSeconds(2);

    /// <summary>Puts the preferred connection of <paramref name="list"/> first and marks the others.</summary>
    internal static void Apply(PeerId self, List<PeerConnection> list)
    {
        var direction = self.CompareTo(list[0].RemotePeer) < 0 ? Direction.Outbound : Direction.Inbound;
        if (!list.Exists(c => c.Direction == direction)) direction = direction == Direction.Outbound ? Direction.Inbound : Direction.Outbound;
        var preferred = Preferred(list, direction);
        (list[0], list[preferred]) = (list[preferred], list[0]);
        list[0].IsRedundant = false;
        list[0].SurplusSince = null;
        if (list.Count == 1) return;
        var newest = list.Max(static c => c.OpenedAt);
        for (var i = 1; i < list.Count; i++)
        {
            var connection = list[i];
            connection.IsRedundant = true;
            connection.SurplusSince = connection.Direction != direction || connection.Direction == Direction.Outbound ? connection.SurplusSince ?? newest : null;
        }
    }

    private static int Preferred(List<PeerConnection> list, Direction direction)
    {
        if (list.Count == 1) return 0;
        var oldest = list.Where(c => c.Direction == direction).Min(static c => c.OpenedAt);
        var preferred = -1;
        for (var i = 0; i < list.Count; i++)
        {
            if (list[i].Direction != direction || list[i].OpenedAt - oldest >= Together) continue;
            if (preferred < 0 || list[i].Session < list[preferred].Session) preferred = i;
        }
        return preferred;
    }
}
