using System.Net;
using System.Text.Json;
using IppanFleet.Hosting.Http;
using IppanFleet.P2P.LibP2P;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace IppanFleet.Hosting.Tests;

/// <summary>Peers, topics and blocks over HTTP, of real nodes over connections in memory.</summary>
[Trait("area", "fleet")]
public sealed class PeerEndpointsTests : IAsyncLifetime
{
    private readonly HttpClient _http = new();
    private readonly WebApplication _app;
    private readonly CancellationTokenSource _stop = new(TimeSpan.FromSeconds(60));
    private readonly LibP2PNetwork _outside;
    private Task _running = Task.CompletedTask;

    public PeerEndpointsTests()
    {
        var options = new FleetOptions { Nodes = 3, Transport = FleetTransport.Memory, Demo = new DemoOptions { Rate = 50 } };
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelCore();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.AddIppanFleet(options);
        _app = builder.Build();
        _app.MapIppanFleet();
        _outside = new LibP2PNetwork(new LibP2PConfig { ListenAddresses = ["/memory/0"], MemoryNetwork = options.MemoryNetwork, AgentVersion = "outsider/1" });
    }

    public async ValueTask InitializeAsync()
    {
        await _app.StartAsync();
        _http.BaseAddress = new Uri(_app.Urls.First());
        _running = _outside.RunAsync(_stop.Token);
        await _outside.WaitUntilReadyAsync(_stop.Token);
        var monitor = _app.Services.GetRequiredService<FleetMonitor>();
        await Samples.UntilAsync(() => monitor.Fleet?.Joined == 3, "three nodes have joined");
        await _outside.DialAsync(monitor.Read().Nodes[0].Addresses[0]);
    }

    [Fact]
    public async Task PeersOfANode_AreListed_AndTheirRecordsFound()
    {
        await UntilAsync("/api/nodes/node-1/peers", json => json.GetProperty("peers").EnumerateArray().Any(peer => peer.GetProperty("agent").GetString() == "outsider/1"));
        var record = await UntilAsync($"/api/peers/node-1/{_outside.PeerId}", json => json.GetProperty("agent").GetString() == "outsider/1");
        record.GetProperty("isInbound").GetBoolean().ShouldBeTrue();
        record.GetProperty("connections").GetInt64().ShouldBe(1);
        record.GetProperty("band").GetString().ShouldBe("good");
        record.GetProperty("protocols").EnumerateArray().Select(protocol => protocol.GetString()).ShouldContain("/ipfs/id/1.0.0");
        record.GetProperty("listenAddresses")[0].GetString()!.ShouldStartWith("/memory/");
        using var page = JsonDocument.Parse(await _http.GetStringAsync("/api/nodes/node-1/peers?skip=1&take=1"));
        page.RootElement.GetProperty("peers").GetArrayLength().ShouldBe(1);

        // A peer that goes is known on.
        await _stop.CancelAsync();
        await UntilAsync($"/api/peers/node-1/{_outside.PeerId}", json => !json.GetProperty("isConnected").GetBoolean());
    }

    [Fact]
    public async Task Topics_AreToldOverTheFleet_WithRates()
    {
        var topic = await UntilAsync("/api/topics/ippan/blocks", json => json.GetProperty("topic").GetProperty("acceptedRate").GetDouble() > 5);
        topic.GetProperty("nodes").EnumerateArray().Select(node => node.GetProperty("node").GetString()).ShouldBe(["node-1", "node-2", "node-3"]);
        topic.GetProperty("nodes")[0].GetProperty("accepted").GetInt64().ShouldBeGreaterThan(0);
        using var all = JsonDocument.Parse(await _http.GetStringAsync("/api/topics"));
        all.RootElement.GetProperty("total").GetInt32().ShouldBe(4);
        all.RootElement.GetProperty("topics").EnumerateArray().Select(summary => summary.GetProperty("nodes").GetInt32()).ShouldAllBe(nodes => nodes == 3);
    }

    [Theory]
    [InlineData("/api/nodes/node-99/peers", HttpStatusCode.NotFound)]
    [InlineData("/api/peers/node-99/12D3KooWB9qmUXngZ7oQDYCe8QvaD7UhLAgkmPtA3SJR4CKgHLjT", HttpStatusCode.NotFound)]
    [InlineData("/api/peers/node-1/12D3KooWB9qmUXngZ7oQDYCe8QvaD7UhLAgkmPtA3SJR4CKgHLjT", HttpStatusCode.NotFound)]
    [InlineData("/api/peers/node-1/nobody", HttpStatusCode.BadRequest)]
    [InlineData("/api/topics/ippan/none", HttpStatusCode.NotFound)]
    [InlineData("/api/blocks/0000000000000000000000000000000000000000000000000000000000000000", HttpStatusCode.NotFound)]
    [InlineData("/api/blocks/00", HttpStatusCode.BadRequest)]
    public async Task WhatIsNotThere_IsTold(string path, HttpStatusCode expected) => (await _http.GetAsync(path)).StatusCode.ShouldBe(expected);

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _stop.CancelAsync();
        await _running;
        await _app.StopAsync();
        await _app.DisposeAsync();
        _stop.Dispose();
    }

    private async Task<JsonElement> UntilAsync(string path, Func<JsonElement, bool> fits)
    {
        var found = default(JsonElement);
        await Samples.UntilAsync(
            () =>
            {
                using var answer = _http.GetAsync(path).GetAwaiter().GetResult();
                if (!answer.IsSuccessStatusCode) return false;
                using var json = JsonDocument.Parse(answer.Content.ReadAsStringAsync().GetAwaiter().GetResult());
                found = json.RootElement.Clone();
                return fits(found);
            },
            path);
        return found;
    }
}
