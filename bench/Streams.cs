using System.Diagnostics;
using System.Globalization;
using IppanFleet.Grains;
using IppanFleet.Hosting;
using IppanFleet.Hosting.Demo;
using IppanFleet.Hosting.Gossip;
using IppanFleet.Hosting.Nodes;
using IppanFleet.Ippan;
using IppanFleet.Libp2p.Identity;
using IppanFleet.P2P;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace IppanFleet.Bench;

/// <summary>Distinct messages of 256 bytes through the whole parallel-gossip layer of a silo, from a node's event until the shards have counted the last of them.</summary>
internal static class StreamsBench
{
    private const int Count = 500_000;
    private const double BudgetRate = 200_000;

    internal static async Task<BenchReport> RunAsync()
    {
        await using var silo = Worker.Start("streams-feeder");
        await silo.ReadAsync();
        await MeasureAsync(silo);
        var medians = await Rounds.MediansAsync(() => MeasureAsync(silo));
        return new BenchReport("streams",
        [
            new Figure("items of 256 bytes", "items/s", HigherIsBetter: true, medians[0], Peer: null, Limit: null, "≥ 200,000 /s", static (us, _, _) => us / BudgetRate),
        ]);
    }

    private static async Task<double> MeasureAsync(Worker silo) => (double)(await silo.AskAsync(Count.ToString(CultureInfo.InvariantCulture)))["rate"]!;
}

/// <summary>The silo that is measured; it has no nodes of its own.</summary>
internal static class StreamsRole
{
    private const int ItemBytes = 256;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    internal static async Task<int> MeasureAsync()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.AddIppanFleet(new FleetOptions { Nodes = 0, Transport = FleetTransport.Memory });
        using var host = builder.Build();
        await host.StartAsync();
        var feed = new Feed(host.Services);
        Roles.Answer(new { ready = true });
        await Roles.AnswerLinesAsync(async command => new { rate = await feed.RateAsync(int.Parse(command[0], CultureInfo.InvariantCulture)) });
        await host.StopAsync();
        return 0;
    }

    private sealed class Feed(IServiceProvider services)
    {
        private readonly NodeEvents _events = services.GetRequiredService<NodeEvents>();
        private readonly GossipQueue _queue = services.GetRequiredService<GossipQueue>();
        private readonly IGrainFactory _grains = services.GetRequiredService<IGrainFactory>();
        private readonly int _room = services.GetRequiredService<GossipOptions>().QueueItems;
        private readonly Transaction _transaction = NewTransaction();
        private long _sent;

        /// <summary>Messages a second, from the first event until the shards hold all of them.</summary>
        internal async Task<double> RateAsync(int count)
        {
            var wanted = await AcceptedAsync() + count;
            using var deadline = new CancellationTokenSource(Patience);
            var begun = Stopwatch.GetTimestamp();
            for (var i = 0; i < count; i++)
            {
                // The network's read loops would slow their peers; here nothing may be dropped.
                while (_queue.Count >= _room) await Task.Delay(1, deadline.Token);
                Send();
            }

            while (await AcceptedAsync() < wanted) await Task.Delay(1, deadline.Token);
            var elapsed = Stopwatch.GetElapsedTime(begun);
            if (GossipKinds.All.Sum(_queue.Dropped) > 0) throw new InvalidOperationException("messages were dropped on the way");
            return count / elapsed.TotalSeconds;
        }

        private void Send()
        {
            var payload = new byte[ItemBytes];
            BitConverter.TryWriteBytes(payload, ++_sent);
            _events.Take("node-1", new NetworkEvent.TransactionReceived(_transaction, "", payload) { MessageId = Blake3.Hash(payload), At = TimeProvider.System.GetUtcNow() });
        }

        private async Task<long> AcceptedAsync()
        {
            var shards = Enumerable.Range(0, GossipStreams.Shards).Select(shard => _grains.GetGrain<IGossipShardGrain>(shard.ToString(CultureInfo.InvariantCulture)).Snapshot());
            return (await Task.WhenAll(shards)).Sum(shard => shard.Kinds.Sum(kind => kind.Accepted));
        }

        private static Transaction NewTransaction()
        {
            using var identity = PeerIdentity.Generate();
            return new DemoContent(TimeProvider.System).NextTransaction(identity.Key);
        }
    }
}
