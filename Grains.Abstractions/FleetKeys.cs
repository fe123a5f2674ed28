namespace IppanFleet.Grains;

/// <summary>Names that grains and their callers share.</summary>
public static class FleetKeys
{
    /// <summary>The key of the one <see cref="IFleetGrain"/>.</summary>
    public const string Fleet = "fleet";

    /// <summary>The storage that grains keep their state in.</summary>
    public const string Store = "ippan";

    /// <summary>Logical nodes that a fleet may have.</summary>
    public const int MaxNodes = 10_000;

    /// <summary>Addresses of so many siblings are handed to a node at most; the oldest is always among them.</summary>
    public const int MaxSiblings = 8;

    /// <summary>Nodes that one call of <see cref="IFleetGrain.Nodes"/> returns at most.</summary>
    public const int MaxPage = 1_000;
}
