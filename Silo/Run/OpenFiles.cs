using System.Globalization;
using IppanFleet.Hosting;

namespace IppanFleet.Silo.Run;

/// <summary>Whether the process may have as many files open, sockets among them, as the fleet needs.</summary>
internal static class OpenFiles
{
    /// <summary>What a process has open without nodes: the runtime, its libraries, storage, HTTP.</summary>
    private const int Base = 256;

    /// <summary>What a node listens on, and its connections to eight siblings.</summary>
    private const int PerNode = 9;

    private const string Limits = "/proc/self/limits";
    private const string Row = "Max open files";

    /// <summary>Why the fleet cannot run, in one line; null when it can, or when the limit is not known.</summary>
    internal static string? Refusal(FleetOptions fleet) => File.Exists(Limits) ? Refusal(fleet, LimitIn(File.ReadLines(Limits))) : null;

    /// <summary>The same for a known limit; null: there is none.</summary>
    internal static string? Refusal(FleetOptions fleet, long? limit)
    {
        var needed = Base + (fleet.Transport == FleetTransport.Tcp ? PerNode * (long)fleet.Nodes : 0);
        return limit is { } most && most < needed
            ? string.Create(CultureInfo.InvariantCulture, $"{fleet.Nodes} nodes need about {needed} open files, and this process may have {most}: raise the limit (ulimit -n {needed}), or ask for fewer nodes")
            : null;
    }

    /// <summary>The soft limit of the kernel's table; null when there is none.</summary>
    internal static long? LimitIn(IEnumerable<string> limits)
    {
        var row = limits.FirstOrDefault(line => line.StartsWith(Row, StringComparison.Ordinal));
        return row?[Row.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries) is [var soft, ..] && long.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null;
    }
}
