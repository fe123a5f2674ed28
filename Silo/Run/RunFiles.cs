using System.Text.Json;
using IppanFleet.Hosting;

namespace IppanFleet.Silo.Run;

/// <summary>The files that scripts read. Each appears whole or not at all.</summary>
internal static class RunFiles
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The figures of a run.</summary>
    internal static string Report(FleetStatus status, TimeSpan elapsed) => JsonSerializer.Serialize(
        new
        {
            Nodes = status.Desired,
            Joined = status.EverJoined,
            status.Published,
            status.Expected,
            status.Delivered,
            status.DeliveredRatio,
            status.Duplicates,
            status.Rejected,
            PropagationMs = new { P50 = Milliseconds(status.PropagationP50), P99 = Milliseconds(status.PropagationP99) },
            Seconds = Math.Round(elapsed.TotalSeconds, 3),
        },
        Json);

    /// <summary>Who can be dialed where.</summary>
    internal static string Ready(FleetStatus status, string http) =>
        JsonSerializer.Serialize(new { Nodes = status.Nodes.Select(node => new { node.Name, node.PeerId, node.Addresses }), Http = http }, Json);

    /// <summary>Writes beside the file, then renames: a reader never sees half of it.</summary>
    internal static void Write(string path, string text)
    {
        var draft = $"{path}.{Environment.ProcessId}.tmp";
        File.WriteAllText(draft, text + "\n");
        File.Move(draft, path, overwrite: true);
    }

    private static double? Milliseconds(TimeSpan? time) => time is { } known ? Math.Round(known.TotalMilliseconds, 3) : null;
}
