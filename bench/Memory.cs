using System.Globalization;
using IppanFleet.Libp2p;
using IppanFleet.Libp2p.Multiformats;
using IppanFleet.Libp2p.Swarm;
using IppanFleet.Libp2p.Transports.Memory;

namespace IppanFleet.Bench;

/// <summary>What an idle connection keeps of managed memory at each end: Noise and Yamux over TCP and over the memory transport, Identify done. A fresh process for each measurement.</summary>
internal static class MemoryBench
{
    internal const int Connections = 500;

    private const double BudgetBytes = 32 * 1024;

    internal static async Task<BenchReport> RunAsync()
    {
        var medians = await Rounds.MediansAsync(() => MeasureAsync("tcp"), () => MeasureAsync("memory"), MeasureJsAsync);
        return new BenchReport("memory",
            [
                Row("idle, TCP", medians[0], double.IsNaN(medians[2]) ? null : medians[2]),
                Row("idle, memory transport", medians[1], null),
            ],
            $"{Connections.ToString(CultureInfo.InvariantCulture)} connections, both ends in one process; js: heap and buffers");
    }

    private static Figure Row(string name, double us, double? peer) =>
        new(name, "bytes an end", HigherIsBetter: false, us, peer, Limit: null, "≤ 32 KiB", static (us, _, _) => BudgetBytes / us);

    private static async Task<double> MeasureAsync(string transport)
    {
        await using var worker = Worker.Start("memory-connections", transport);
        return (double)(await worker.ReadAsync())["bytes"]!;
    }

    private static async Task<double> MeasureJsAsync()
    {
        if (!Worker.JsAvailable) return double.NaN;
        var result = await Worker.RunJsAsync("measure", "memory", "--count", Connections.ToString(CultureInfo.InvariantCulture));
        return result is null ? double.NaN : (double)result["bytes"]!;
    }
}

/// <summary>The process of one measurement: two hosts and their connections.</summary>
internal static class MemoryRole
{
    private const int WarmUp = 20;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    internal static async Task<int> MeasureAsync(string transport)
    {
        using var deadline = new CancellationTokenSource(Patience);
        var network = new MemoryNetwork();
        await using var listener = NewHost(network, transport == "memory" ? "/memory/0" : "/ip4/127.0.0.1/tcp/0");
        await using var dialer = NewHost(network);
        await listener.StartAsync(deadline.Token);
        await DialAsync(WarmUp, WarmUp);
        var before = Managed();
        await DialAsync(MemoryBench.Connections, WarmUp + MemoryBench.Connections);
        Roles.Answer(new { bytes = (Managed() - before) / (2.0 * MemoryBench.Connections) });
        return 0;

        async Task DialAsync(int count, int total)
        {
            for (var i = 0; i < count; i++) await dialer.Swarm.DialAsync(listener.Swarm.ListenAddresses[0], deadline.Token);
            while (!IsIdle(dialer, total) || !IsIdle(listener, total)) await Task.Delay(20, deadline.Token);
        }
    }

    private static Libp2pHost NewHost(MemoryNetwork network, params string[] listen) => new(new Libp2pHostOptions
    {
        ListenAddresses = [.. listen.Select(Multiaddr.Parse)],
        MemoryNetwork = network,
        Swarm = new SwarmOptions { MaxConnections = 2 * MemoryBench.Connections, MaxConnectionsPerPeer = 2 * MemoryBench.Connections, MaxPendingInbound = MemoryBench.Connections },
    });

    /// <summary>Whether Identify is done with on all connections.</summary>
    private static bool IsIdle(Libp2pHost host, int connections) => host.Swarm.ConnectionCount == connections && host.Swarm.Connections.All(connection => connection.StreamCount == 0);

    private static long Managed()
    {
        for (var i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        return GC.GetTotalMemory(forceFullCollection: true);
    }
}
