using System.Net;
using System.Text.Json;
using IppanFleet.Grains;
using IppanFleet.Hosting.Demo;
using IppanFleet.Hosting.Gossip;
using IppanFleet.Hosting.Http;
using IppanFleet.Hosting.Nodes;
using IppanFleet.Hosting.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using NSubstitute;
using Orleans.Configuration;

namespace IppanFleet.Hosting.Tests;

/// <summary>A whole silo, over networks in memory.</summary>
[Collection(ProcessMetrics.Collection)]
[Trait("area", "fleet")]
public sealed class SiloTests : IAsyncDisposable
{
    private readonly MemoryNetworks _networks = new();
    private readonly HttpClient _http = new();
    private WebApplication? _app;

    private FleetMonitor Monitor => _app!.Services.GetRequiredService<FleetMonitor>();

    [Fact]
    public async Task Demo_EverythingArrivesAndReachesTheShards()
    {
        await StartAsync(new FleetOptions { Nodes = 4, Demo = new DemoOptions { Rate = 50 } });
        await Samples.UntilAsync(() => Monitor.Read().Published >= 40, "40 messages published");
        await _app!.Services.GetRequiredService<DemoGenerator>().FinishAsync(TimeSpan.FromSeconds(5));

        var status = Monitor.Refresh();
        status.Expected.ShouldBe(status.Published * 3);
        status.Delivered.ShouldBe(status.Expected);
        status.PropagationP99.ShouldNotBeNull();

        var seen = _app.Services.GetRequiredService<FirstSeen>();
        (seen.FirstArrivals(GossipKind.Block) + seen.FirstArrivals(GossipKind.Transaction)).ShouldBe(status.Published);
        var grains = _app.Services.GetRequiredService<IGrainFactory>();
        long accepted = 0;
        await Samples.UntilAsync(
            () =>
            {
                accepted = Enumerable.Range(0, GossipStreams.Shards)
                    .Sum(shard => grains.GetGrain<IGossipShardGrain>($"{shard}").Snapshot().GetAwaiter().GetResult().Kinds.Sum(kind => kind.Accepted));
                return accepted == status.Published;
            },
            "every message passes a shard once");
    }

    [Fact]
    public async Task Ready_OnlyOnceAllHaveJoined()
    {
        _networks.HasPeers = false;
        var url = await StartAsync(new FleetOptions { Nodes = 3 });
        (await _http.GetAsync($"{url}/health/live")).StatusCode.ShouldBe(HttpStatusCode.OK);
        await Samples.UntilAsync(() => Monitor.Fleet?.Up == 3, "three nodes run");
        var refused = await _http.GetAsync($"{url}/health/ready");
        refused.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        (await refused.Content.ReadAsStringAsync()).ShouldContain("node-2: has not joined (0 peers)");

        _networks.HasPeers = true;
        await Samples.UntilAsync(() => Monitor.ReasonsNotReady().Count == 0, "ready");
        (await _http.GetAsync($"{url}/health/ready")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Metrics_AreWellFormedAndBounded()
    {
        var url = await StartAsync(new FleetOptions { Nodes = 6, NodeSeries = 4, Demo = new DemoOptions { Rate = 100 } });
        await Samples.UntilAsync(() => Monitor.Read().Published >= 20 && Monitor.Fleet?.Joined == 6, "something to count");
        var response = await _http.GetAsync($"{url}/metrics");
        response.Content.Headers.ContentType!.ToString().ShouldBe("text/plain; version=0.0.4; charset=utf-8");
        var text = await response.Content.ReadAsStringAsync();
        PrometheusTests.Check(text);
        text.ShouldContain("ippan_fleet_nodes_desired 6\n");
        text.ShouldContain("ippan_fleet_nodes_joined 6\n");
        text.ShouldContain("ippan_node_peers{node=\"node-4\"} 5\n");
        text.ShouldNotContain("node=\"node-5\"");
        text.ShouldContain("ippan_node_peers{node=\"other\"} 10\n");
        text.ShouldContain("ippan_demo_propagation_seconds_bucket{le=\"+Inf\"}");
        text.ShouldContain("ippan_gossip_arrivals_total{outcome=\"sibling\",topic=\"ippan/blocks\"}");
        text.ShouldContain("dotnet_process_cpu_time_seconds_total");
        await Promtool.CheckAsync(text);
    }

    [Fact]
    public async Task Fleet_IsTold()
    {
        var url = await StartAsync(new FleetOptions { Nodes = 3 });
        await Samples.UntilAsync(() => Monitor.Fleet?.Joined == 3, "three nodes joined");
        using var told = JsonDocument.Parse(await _http.GetStringAsync($"{url}/api/fleet?skip=1&take=1"));
        told.RootElement.GetProperty("fleet").GetProperty("joined").GetInt32().ShouldBe(3);
        var node = told.RootElement.GetProperty("nodes").EnumerateArray().ShouldHaveSingleItem();
        node.GetProperty("name").GetString().ShouldBe("node-2");
        node.GetProperty("phase").GetString().ShouldBe("joined");
    }

    [Fact]
    public async Task NetworkThatBreaks_IsStartedAgain()
    {
        await StartAsync(new FleetOptions { Nodes = 3, SupervisionPeriod = TimeSpan.FromMilliseconds(50) });
        await Samples.UntilAsync(() => Monitor.Fleet?.Joined == 3, "three nodes joined");
        var before = _networks.Nodes["node-2"];
        before.Break("the cable was cut");
        await Samples.UntilAsync(() => _networks.Nodes.TryGetValue("node-2", out var now) && now != before, "a new network");
        await Samples.UntilAsync(() => Monitor.Fleet?.Joined == 3, "three nodes joined again");
        _networks.Nodes["node-2"].PeerId.ShouldBe(before.PeerId);
    }

    [Fact]
    public async Task PublishBlock_ThatBreaksARule_IsRefused()
    {
        await StartAsync(new FleetOptions { Nodes = 2 });
        await Samples.UntilAsync(() => Monitor.Fleet?.Joined == 2, "two nodes joined");
        var node = _app!.Services.GetRequiredService<IGrainFactory>().GetGrain<INodeGrain>("node-1");
        var content = new DemoContent(TimeProvider.System);
        var host = _app.Services.GetRequiredService<NodeTransportHost>();
        var block = content.NextBlock(host.Nodes.First().Identity.Key, 1);
        (await node.PublishBlock(block.Encode())).ShouldBe(new PublishOutcome { IsSent = true, Peers = 1 });
        await Should.ThrowAsync<ArgumentException>(() => node.PublishBlock((block with { Header = block.Header with { Round = 99 } }).Encode()));
        await Should.ThrowAsync<ArgumentException>(() => node.PublishBlock([1, 2, 3]));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task OwnBlock_IsKeptOnce_AndIsNoArrivalAtItself(int nodes)
    {
        await StartAsync(new FleetOptions { Nodes = nodes });
        await Samples.UntilAsync(() => Monitor.Fleet?.Joined == nodes, "all nodes joined");
        var grains = _app!.Services.GetRequiredService<IGrainFactory>();
        var publisher = _app.Services.GetRequiredService<NodeTransportHost>().Nodes.Single(node => node.Name == "node-1");
        var content = new DemoContent(TimeProvider.System);
        var block = content.NextBlock(publisher.Identity.Key, 1);
        var transaction = content.NextTransaction(publisher.Identity.Key);
        var node = grains.GetGrain<INodeGrain>("node-1");
        (await node.PublishBlock(block.Encode())).IsSent.ShouldBe(nodes > 1);
        (await node.PublishTransaction(transaction.Encode())).IsSent.ShouldBe(nodes > 1);
        await node.PublishBlock(block.Encode());

        var fleet = grains.GetGrain<IFleetGrain>(FleetKeys.Fleet);
        await Samples.UntilAsync(() => fleet.FindBlock(Convert.ToHexString(block.Id.ToArray())).GetAwaiter().GetResult() is not null, "the block is kept");
        var seen = _app.Services.GetRequiredService<FirstSeen>();
        // The network of this test brings a block each time that it is published.
        await Samples.UntilAsync(() => seen.FirstArrivals(GossipKind.Block) + seen.SiblingArrivals(GossipKind.Block) >= (2 * (nodes - 1)), "all arrivals are counted");
        seen.FirstArrivals(GossipKind.Block).ShouldBe(1);
        seen.FirstArrivals(GossipKind.Transaction).ShouldBe(1);
        if (nodes == 1) seen.SiblingArrivals(GossipKind.Block).ShouldBe(0);
        var counts = new Func<GossipCount[]>(() => [.. Enumerable.Range(0, GossipStreams.Shards).SelectMany(shard => grains.GetGrain<IGossipShardGrain>($"{shard}").Snapshot().GetAwaiter().GetResult().Kinds)]);
        await Samples.UntilAsync(() => counts().Sum(kind => kind.Accepted) == 2, "both pass a shard once");
        counts().Sum(kind => kind.Duplicates).ShouldBe(0);
    }

    [Fact]
    public async Task OwnBlock_ThatNobodyTook_IsNotKept_UnlessTheNodeIsAlone()
    {
        await StartAsync(new FleetOptions { Nodes = 1, Bootstrap = ["/memory/elsewhere"] });
        await Samples.UntilAsync(() => Monitor.Fleet?.Up == 1, "the node runs");
        var host = _app!.Services.GetRequiredService<NodeTransportHost>();
        var block = new DemoContent(TimeProvider.System).NextBlock(host.Nodes.First().Identity.Key, 1);
        (await host.PublishAsync("node-1", GossipKind.Block, block.Encode())).IsSent.ShouldBeFalse();
        _app.Services.GetRequiredService<FirstSeen>().FirstArrivals(GossipKind.Block).ShouldBe(0);
    }

    [Fact]
    public async Task ScaledAndDrained_StaysSoAfterARestart()
    {
        await using var data = FleetData.InMemory();
        var options = new FleetOptions { Nodes = 2, Data = data, Seed = new byte[16], SupervisionPeriod = TimeSpan.FromMilliseconds(50) };
        await StartAsync(options);
        await Samples.UntilAsync(() => Monitor.Fleet?.Joined == 2, "two nodes joined");
        var fleet = _app!.Services.GetRequiredService<IGrainFactory>().GetGrain<IFleetGrain>(FleetKeys.Fleet);
        await fleet.Scale(5);
        await Samples.UntilAsync(() => Monitor.Fleet?.Joined == 5, "five nodes joined");
        (await fleet.Drain("node-2")).ShouldBeTrue();
        (await fleet.Drain("node-2")).ShouldBeFalse();
        _networks.Nodes.Keys.ShouldBe(["node-1", "node-3", "node-4", "node-5"], ignoreOrder: true);
        var peers = _networks.Nodes.ToDictionary(node => node.Key, node => node.Value.PeerId);

        await _app.StopAsync();
        await _app.DisposeAsync();
        await StartAsync(options with { Nodes = 9 });
        await Samples.UntilAsync(() => Monitor.Fleet?.Joined == 4, "the same four nodes joined");
        Monitor.Fleet!.Desired.ShouldBe(4);
        foreach (var (name, peer) in peers) _networks.Nodes[name].PeerId.ShouldBe(peer);
        // A drained node's name is not used again.
        await _app.Services.GetRequiredService<IGrainFactory>().GetGrain<IFleetGrain>(FleetKeys.Fleet).Scale(5);
        await Samples.UntilAsync(() => _networks.Nodes.ContainsKey("node-6"), "a new node");
    }

    [Fact]
    public async Task StorageThatIsGone_StopsTheNodesWithinTheirLease()
    {
        var data = FleetData.InMemory();
        await StartAsync(new FleetOptions { Nodes = 3, Data = data, LeaseTime = TimeSpan.FromSeconds(1), SupervisionPeriod = TimeSpan.FromMilliseconds(50) });
        await Samples.UntilAsync(() => Monitor.Fleet?.Joined == 3, "three nodes joined");
        // Longer than a lease: they are renewed.
        await Task.Delay(TimeSpan.FromSeconds(2));
        _networks.Nodes.Count.ShouldBe(3);
        await data.DisposeAsync();
        await Samples.UntilAsync(() => _networks.Nodes.IsEmpty, "no node runs without a lease");
    }

    [Fact]
    public async Task GrainCallThatNeverReturns_IsTimedOutAndTold_AndTheOthersGoOn()
    {
        var never = new TaskCompletionSource();
        var filter = Substitute.For<IIncomingGrainCallFilter>();
        filter.Invoke(Arg.Any<IIncomingGrainCallContext>()).Returns(call =>
        {
            var context = call.Arg<IIncomingGrainCallContext>();
            return context.ImplementationMethod.Name == nameof(INodeGrain.Ensure) && context.TargetId.Key.ToString() == "node-2" ? never.Task : context.Invoke();
        });
        await StartAsync(
            new FleetOptions { Nodes = 3, SupervisionPeriod = TimeSpan.FromMilliseconds(50) },
            services => services.AddSingleton(filter).Configure<SiloMessagingOptions>(messaging => messaging.ResponseTimeout = TimeSpan.FromSeconds(1)));
        await Samples.UntilAsync(() => Monitor.Fleet is { Up: 2, Joined: 2 }, "the other two joined");
        await Samples.UntilAsync(() => Monitor.ReasonsNotReady().Any(reason => reason.StartsWith("node-2: No response within 00:00:01", StringComparison.Ordinal)), "the third is told");
        // Rounds go on: what is asked for afterwards is done.
        await _app!.Services.GetRequiredService<IGrainFactory>().GetGrain<IFleetGrain>(FleetKeys.Fleet).Scale(4);
        await Samples.UntilAsync(() => _networks.Nodes.ContainsKey("node-4"), "a fourth node");
        // A silo that stops waits for its calls.
        never.SetResult();
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        if (_app is null) return;
        await _app.StopAsync();
        await _app.DisposeAsync();
        _networks.Nodes.ShouldBeEmpty();
    }

    private async Task<string> StartAsync(FleetOptions options, Action<IServiceCollection>? configure = null)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton<INodeNetworkFactory>(_networks);
        builder.WebHost.UseKestrelCore();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.AddIppanFleet(options);
        configure?.Invoke(builder.Services);
        _app = builder.Build();
        _app.MapIppanFleet();
        await _app.StartAsync();
        return _app.Urls.First();
    }
}
