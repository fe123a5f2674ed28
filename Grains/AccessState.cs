namespace IppanFleet.Grains;

/// <summary>Who may connect to the fleet's nodes, as the fleet keeps it.</summary>
[GenerateSerializer, Alias("ippan.access-state")]
public sealed class AccessState
{
    /// <summary>Counts the changes.</summary>
    [Id(0)] public long Version { get; set; }

    /// <summary>Who may not connect, the oldest first.</summary>
    [Id(1)] public List<AccessRule> Bans { get; set; } = [];

    /// <summary>Who is protected from bans and eviction, the oldest first.</summary>
    [Id(2)] public List<AccessRule> Allowed { get; set; } = [];
}
