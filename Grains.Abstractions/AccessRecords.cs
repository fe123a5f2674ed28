namespace IppanFleet.Grains;

/// <summary>Who may not connect to the fleet's nodes, or who always may.</summary>
[GenerateSerializer, Immutable, Alias("ippan.access-rule")]
public sealed record AccessRule
{
    /// <summary>A peer id in base58, an IP address, or a network such as <c>192.0.2.0/24</c>. The fleet keeps addresses as networks: <c>192.0.2.1/32</c>.</summary>
    [Id(0)] public string Subject { get; init; } = "";

    /// <summary>Why; at most <see cref="FleetKeys.MaxReason"/> characters.</summary>
    [Id(1)] public string Reason { get; init; } = "";

    /// <summary>When it was made; set by the fleet.</summary>
    [Id(2)] public DateTimeOffset Since { get; init; }

    /// <summary>When it ends by itself; null: never.</summary>
    [Id(3)] public DateTimeOffset? Until { get; init; }
}

/// <summary>The bans and the allow-list of the whole fleet at one moment.</summary>
[GenerateSerializer, Immutable, Alias("ippan.access-list")]
public sealed record AccessList
{
    /// <summary>Another one with each change.</summary>
    [Id(0)] public long Version { get; init; }

    /// <summary>Who may not connect.</summary>
    [Id(1)] public AccessRule[] Bans { get; init; } = [];

    /// <summary>Whom no ban of a network and no eviction reaches.</summary>
    [Id(2)] public AccessRule[] Allowed { get; init; } = [];
}
