using System.Diagnostics;
using System.Globalization;
using IppanFleet.Grains;
using IppanFleet.Hosting;
using IppanFleet.Hosting.Nodes;
using IppanFleet.Hosting.Storage;
using Microsoft.Extensions.DependencyInjection;
using Orleans.TestingHost;

namespace IppanFleet.Bench;

/// <summary>
/// One of three silos of a process dies, twenty times, with a data folder: how long until all nodes have joined again as the same peers, and whether anything is missing that
/// storage had acknowledged. Each time the next silo starts while the nodes come back.
/// </summary>
internal static class RehomeBench
{
    private const int Silos = 3;
    private const int Nodes = 30;
    private const int Kills = 20;
    private const int Writers = 8;
    private const double BudgetSeconds = 10;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    internal static async Task<BenchReport> RunAsync()
    {
        var folder = Directory.CreateTempSubdirectory("ippan-rehome");
        try
        {
            var acknowledged = new AcknowledgedRecords(Writers);
            var times = await KillAsync(folder.FullName, acknowledged);
            var lost = await LostAsync(folder.FullName, acknowledged);
            var all = string.Create(CultureInfo.InvariantCulture, $"{Kills} kills, {Nodes} nodes on {Silos} silos, {acknowledged.Count} records acknowledged while silos died; p50 {Percentile(times, 0.5):0.00} s");
            return new BenchReport("rehome",
                [
                    new Figure("nodes back, p99", "s", HigherIsBetter: false, Percentile(times, 0.99), Peer: null, Limit: null, "< 10 s", static (us, _, _) => BudgetSeconds / us),
                    new Figure("acknowledged records lost", "records", HigherIsBetter: false, lost, Peer: null, Limit: null, "0", static (us, _, _) => us == 0 ? 1 : 0),
                ],
                all);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<List<double>> KillAsync(string folder, AcknowledgedRecords records)
    {
        await using var data = FleetData.Open(folder);
        await using var cluster = NewCluster(data);
        await cluster.DeployAsync();
        var fleet = cluster.Client.GetGrain<IFleetGrain>(FleetKeys.Fleet);
        await JoinedAsync(cluster, Nodes);
        var peers = PeerIds(cluster);
        using var stop = new CancellationTokenSource();
        var writing = records.WriteAsync(cluster.Client, stop.Token);
        var times = new List<double>();
        for (var kill = 0; kill < Kills; kill++)
        {
            // The last node comes and goes; what the fleet acknowledges is what the next round must find.
            var wanted = Nodes + kill % 2;
            await fleet.Scale(wanted);
            await JoinedAsync(cluster, wanted);
            var victim = cluster.Silos[kill % cluster.Silos.Count];
            var begun = Stopwatch.GetTimestamp();
            await cluster.KillSiloAsync(victim);
            var next = cluster.StartAdditionalSiloAsync();
            await JoinedAsync(cluster, wanted);
            times.Add(Stopwatch.GetElapsedTime(begun).TotalSeconds);
            await next;
            foreach (var (name, peer) in peers)
            {
                if (PeerIds(cluster)[name] != peer) throw new InvalidOperationException($"{name} came back as another peer");
            }
        }

        await stop.CancelAsync();
        await writing;
        await fleet.Scale(Nodes - 1);
        return times;
    }

    /// <summary>Reads everything with other silos, from the folder.</summary>
    private static async Task<int> LostAsync(string folder, AcknowledgedRecords records)
    {
        await using var data = FleetData.Open(folder);
        await using var cluster = NewCluster(data);
        await cluster.DeployAsync();
        var lost = await records.CountLostAsync(cluster.Client);
        await JoinedAsync(cluster, Nodes - 1);
        return lost;
    }

    private static InProcessTestCluster NewCluster(FleetData data)
    {
        var options = new FleetOptions { Nodes = Nodes, Silos = Silos, Transport = FleetTransport.Memory, Data = data };
        var builder = new InProcessTestClusterBuilder(Silos);
        builder.ConfigureSilo((_, silo) => silo.AddIppanFleet(options));
        return builder.Build();
    }

    private static IEnumerable<NodeTransport> NodesOf(InProcessTestCluster cluster) => cluster.Silos.SelectMany(silo => silo.ServiceProvider.GetRequiredService<NodeTransportHost>().Nodes);

    private static Dictionary<string, string> PeerIds(InProcessTestCluster cluster) => NodesOf(cluster).ToDictionary(node => node.Name, node => node.Network.PeerId, StringComparer.Ordinal);

    private static async Task JoinedAsync(InProcessTestCluster cluster, int nodes)
    {
        var begun = Stopwatch.GetTimestamp();
        while (NodesOf(cluster).Count(node => node.IsJoined) != nodes || OneNetwork.ReachableOf([.. NodesOf(cluster)]) != nodes)
        {
            if (Stopwatch.GetElapsedTime(begun) > Patience) throw new TimeoutException($"{nodes} nodes did not join: {await DescribeAsync(cluster)}");
            await Task.Delay(10);
        }
    }

    private static async Task<string> DescribeAsync(InProcessTestCluster cluster)
    {
        var snapshot = await cluster.Client.GetGrain<IFleetGrain>(FleetKeys.Fleet).Snapshot();
        var nodes = NodesOf(cluster).OrderBy(node => node.Name, StringComparer.Ordinal).Select(node => $"{node.Name} {node.Summary.Phase} ({node.Summary.Peers} peers)");
        return $"{snapshot.Desired} desired, {OneNetwork.ReachableOf([.. NodesOf(cluster)])} in one network; {string.Join(", ", nodes)}; {string.Join(", ", snapshot.Faults.Select(fault => $"{fault.Name}: {fault.Reason}"))}";
    }

    private static double Percentile(List<double> values, double share) => values.Order().ElementAt((int)Math.Ceiling(share * values.Count) - 1);
}
