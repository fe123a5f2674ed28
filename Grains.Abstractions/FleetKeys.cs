namespace IppanFleet.Grains;

/// <summary>Names that grains and their callers share.</summary>
public static class FleetKeys
{
    /// <summary>The key of the one <see cref="IFleetGrain"/>.</summary>
    public const string Fleet = "fleet";

    /// <summary>The storage that grains keep their state in.</summary>
    public const string Store = "ippan";

    /// <summary>The storage that blocks are kept in: it drops what has expired.</summary>
    public const string BlockStore = "ippan-blocks";

    /// <summary>The storage that what is known of peers is kept in: it drops what nobody changed for long.</summary>
    public const string PeerStore = "ippan-peers";

    /// <summary>Bytes of a block that is kept.</summary>
    public const int MaxBlockBytes = 1 << 20;

    /// <summary>Logical nodes that a fleet may have.</summary>
    public const int MaxNodes = 10_000;

    /// <summary>Addresses of so many siblings are handed to a node at most; the oldest is always among them.</summary>
    public const int MaxSiblings = 8;

    /// <summary>Nodes that one call of <see cref="IFleetGrain.Nodes"/> returns at most.</summary>
    public const int MaxPage = 1_000;

    /// <summary>Bans that a fleet keeps, and as many entries of its allow-list.</summary>
    public const int MaxAccessRules = 10_000;

    /// <summary>Characters of the reason of a ban.</summary>
    public const int MaxReason = 200;
}
