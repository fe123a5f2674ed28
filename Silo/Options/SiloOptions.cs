using IppanFleet.Hosting;

namespace IppanFleet.Silo.Options;

/// <summary>What the command line, the environment and the configuration file came to.</summary>
internal sealed record SiloOptions
{
    /// <summary>What the fleet is to do.</summary>
    public FleetOptions Fleet { get; init; } = new();

    /// <summary>The folder that state and identities are kept in; null: they are not.</summary>
    public string? DataFolder { get; init; }

    /// <summary>Whether a damaged database in that folder is renamed and a new one begun.</summary>
    public bool SetAsideDamaged { get; init; }

    /// <summary>Where HTTP is served; null: on loopback at 8080, or the next port that is free.</summary>
    public Uri? HttpListen { get; init; }

    /// <summary>After which time the process ends by itself; null: when it is told to.</summary>
    public TimeSpan? For { get; init; }

    /// <summary>Where the figures go at the end; null: nowhere.</summary>
    public string? ReportFile { get; init; }

    /// <summary>Where the addresses go once all nodes have joined; null: nowhere.</summary>
    public string? ReadyFile { get; init; }

    /// <summary>Whether more than warnings is logged.</summary>
    public bool Verbose { get; init; }
}
