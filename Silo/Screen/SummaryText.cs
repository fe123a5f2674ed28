using System.Globalization;
using IppanFleet.Hosting;

namespace IppanFleet.Silo.Screen;

/// <summary>Puts a fleet's status into words: a page for a terminal, a line for a log. Nothing is wider than asked.</summary>
internal static class SummaryText
{
    /// <summary>Columns that a page never exceeds.</summary>
    internal const int Width = 80;

    private const int AddressesShown = 3;
    private const int LabelWidth = 13;

    /// <summary>The page's lines.</summary>
    internal static IReadOnlyList<string> Page(FleetStatus status, string http, TimeSpan elapsed, int width)
    {
        width = Math.Clamp(width, 20, Width);
        var clock = elapsed.ToString(elapsed.TotalHours >= 1 ? @"h\:mm\:ss" : @"m\:ss", CultureInfo.InvariantCulture);
        List<string> lines =
        [
            Spread("IppanFleet", clock, width),
            new string('-', width),
            Row("nodes", Columns($"{status.Nodes.Count} up, {status.Joined} of {status.Desired} joined", $"{Count(status.Peers)} peers")),
            Row("meshes", Columns($"{status.MeshMin} smallest", Invariant($"{status.MeshAverage:0.0} average"))),
            Row("published", Columns(Count(status.Published), Count(status.Rejected) + " rejected")),
            Row("delivered", Columns(Invariant($"{Count(status.Delivered)} of {Count(status.Expected)} ({Percent(status)} %)"), Count(status.Duplicates) + " duplicates")),
            Row("propagation", Columns($"{Milliseconds(status.PropagationP50)} p50", $"{Milliseconds(status.PropagationP99)} p99")),
            Row("http", http),
        ];
        var dialable = status.Nodes.Where(node => node.Addresses.Length > 0).ToArray();
        foreach (var node in dialable.Take(AddressesShown)) AddAddress(lines, node.Name, node.Addresses[0]);
        if (dialable.Length > AddressesShown) lines.Add(Row("", $"{dialable.Length - AddressesShown} more at {http}/api/fleet"));
        return [.. lines.Select(line => line.Length > width ? line[..width] : line)];
    }

    /// <summary>One short line.</summary>
    internal static string Line(FleetStatus status, TimeSpan elapsed) => Invariant(
        $"{elapsed.TotalSeconds:0}s nodes {status.Joined}/{status.Desired} peers {status.Peers} mesh {status.MeshMin}/{status.MeshAverage:0.0} published {status.Published} delivered {status.Delivered}/{status.Expected} ({Percent(status)} %) p50 {Milliseconds(status.PropagationP50)} p99 {Milliseconds(status.PropagationP99)}");

    /// <summary>A share that is never rounded up to all.</summary>
    private static string Percent(FleetStatus status) =>
        status.Delivered >= status.Expected ? "100" : (Math.Floor(status.DeliveredRatio * 10_000) / 100).ToString("0.00", CultureInfo.InvariantCulture);

    private static void AddAddress(List<string> lines, string name, string address)
    {
        // With the peer id an address is longer than a line has room for.
        var split = address.IndexOf("/p2p/", StringComparison.Ordinal);
        lines.Add(Row(name, split < 0 ? address : address[..split]));
        if (split >= 0) lines.Add(Row("", address[split..]));
    }

    private static string Row(string label, string text) => $"{(label.Length < LabelWidth ? label : label[..(LabelWidth - 1)]).PadRight(LabelWidth)}{text}";

    private static string Columns(string left, string right) => $"{left.PadRight(36)}  {right}";

    private static string Spread(string left, string right, int width) => left + right.PadLeft(width - left.Length);

    private static string Count(long value) => value.ToString("#,0", CultureInfo.InvariantCulture);

    private static string Milliseconds(TimeSpan? time) => time is not { } known ? "-" : Invariant($"{known.TotalMilliseconds:0.0} ms");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
