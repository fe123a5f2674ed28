namespace IppanFleet.Grains;

/// <summary>The fleet: which logical nodes there shall be, and what is known of them. Its key is <see cref="FleetKeys.Fleet"/>.</summary>
[Alias("ippan.fleet")]
public interface IFleetGrain : IGrainWithStringKey
{
    /// <summary>Sets the fleet up as planned, unless it was set up before. Every silo may call it with the same plan.</summary>
    [Alias("start")]
    Task Start(FleetPlan plan);

    /// <summary>Wants <paramref name="nodes"/> nodes from now on: the newest go first, new ones are made by the plan.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Fewer than none, or more than <see cref="FleetKeys.MaxNodes"/>.</exception>
    [Alias("scale")]
    Task Scale(int nodes);

    /// <summary>Takes one node out of the fleet for good: it leaves its meshes, gives its lease back and stops. False when the fleet has no such node.</summary>
    [Alias("drain")]
    Task<bool> Drain(string node);

    /// <summary>Touches every desired node, which brings back those that are gone. Calls at the same time share one round.</summary>
    [Alias("reconcile")]
    Task Reconcile();

    /// <summary>Addresses for a node that is about to start: up to eight running siblings, the oldest always among them.</summary>
    [Alias("siblings")]
    Task<string[]> Siblings(string node);

    /// <summary>A node runs and can be dialed.</summary>
    [Alias("announce")]
    Task Announce(NodeAnnouncement announcement);

    /// <summary>A node no longer runs.</summary>
    [Alias("withdraw")]
    Task Withdraw(string node);

    /// <summary>A silo tells how its nodes are; once a second.</summary>
    [Alias("summarise")]
    Task Summarise(SiloSummary summary);

    /// <summary>The fleet as the silos last told it.</summary>
    [Alias("snapshot")]
    Task<FleetSnapshot> Snapshot();

    /// <summary>A page of the nodes as their silos last told them, in the order of the plan.</summary>
    [Alias("nodes")]
    Task<NodeSummary[]> Nodes(int skip, int take);

    /// <summary>Whether the fleet has a node of that name.</summary>
    [Alias("has")]
    Task<bool> Has(string node);

    /// <summary>The topics that the nodes take part in, in order.</summary>
    [Alias("topics")]
    Task<string[]> Topics();

    /// <summary>A block that the fleet keeps, by its id in hex; null when it keeps none.</summary>
    /// <exception cref="ArgumentException">That is no id.</exception>
    [Alias("find-block")]
    Task<BlockRecord?> FindBlock(string id);

    /// <summary>Bans a peer, an address or a network from all nodes, in place of an earlier ban of the same; returns it as it is kept.</summary>
    /// <exception cref="ArgumentException">It is none of these, or the reason is too long.</exception>
    /// <exception cref="InvalidOperationException">There are <see cref="FleetKeys.MaxAccessRules"/> already.</exception>
    [Alias("ban")]
    Task<AccessRule> Ban(AccessRule rule);

    /// <summary>Takes a ban back; false when there was none.</summary>
    [Alias("unban")]
    Task<bool> Unban(string subject);

    /// <summary>Puts a peer, an address or a network on the allow-list, as <see cref="Ban"/> does with bans.</summary>
    [Alias("allow")]
    Task<AccessRule> Allow(AccessRule rule);

    /// <summary>Takes an entry off the allow-list; false when there was none.</summary>
    [Alias("disallow")]
    Task<bool> Disallow(string subject);

    /// <summary>The bans and the allow-list.</summary>
    [Alias("access")]
    Task<AccessList> Access();

    /// <summary>What a silo asks each second: the bans when they have another version than <paramref name="version"/>, else null. For ten seconds from then on it is told of changes at once.</summary>
    [Alias("watch-access")]
    Task<AccessList?> WatchAccess(string silo, IAccessObserver observer, long version);
}
