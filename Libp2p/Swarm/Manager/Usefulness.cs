namespace IppanFleet.Libp2p.Swarm;

/// <summary>What a connection is worth to us: protection first, then tags, then whether it carries streams, then whether we dialed it, then its age.</summary>
/// <remarks>A remote can make itself no more useful than by what it costs it most: staying. Whom we dialed is harder to choose for an attacker than who dials us.</remarks>
internal readonly record struct Usefulness(bool Protected, long Score, bool Busy, bool Outbound, DateTimeOffset OpenedAt) : IComparable<Usefulness>
{
    public int CompareTo(Usefulness other)
    {
        var order = Protected.CompareTo(other.Protected);
        if (order == 0) order = Score.CompareTo(other.Score);
        if (order == 0) order = Busy.CompareTo(other.Busy);
        if (order == 0) order = Outbound.CompareTo(other.Outbound);
        return order == 0 ? other.OpenedAt.CompareTo(OpenedAt) : order;
    }

    /// <summary>Whether a newcomer is worth the place of <paramref name="other"/>. Age does not count, or nobody could ever come; an idle connection gives way to an equal.</summary>
    internal bool Outranks(Usefulness other)
    {
        if (other.Protected) return false;
        if (Protected || Score != other.Score) return Protected || Score > other.Score;
        return !other.Busy && (Outbound || !other.Outbound);
    }
}
