using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using IppanFleet.Grains;
using IppanFleet.Hosting.Access;
using IppanFleet.Hosting.Http;
using IppanFleet.Hosting.Nodes;
using IppanFleet.P2P.LibP2P;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace IppanFleet.Hosting.Tests.Access;

/// <summary>Bans over HTTP, of a node on loopback sockets.</summary>
[Trait("area", "fleet")]
public sealed class BannedAddressTests : IAsyncLifetime
{
    private const string Token = "a token of some length";

    private readonly HttpClient _http = new();
    private readonly CancellationTokenSource _stop = new(TimeSpan.FromSeconds(60));
    private readonly LibP2PNetwork _outside = new(new LibP2PConfig { ListenAddresses = ["/ip4/127.0.0.1/tcp/0"] });
    private readonly WebApplication _app;
    private Task _running = Task.CompletedTask;

    public BannedAddressTests()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelCore();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.AddIppanFleet(new FleetOptions { Nodes = 1, AdminToken = Token });
        _app = builder.Build();
        _app.MapIppanFleet();
    }

    private NodeTransport[] Nodes => [.. _app.Services.GetRequiredService<NodeTransportHost>().Nodes];

    public async ValueTask InitializeAsync()
    {
        await _app.StartAsync();
        _http.BaseAddress = new Uri(_app.Urls.First());
        _running = _outside.RunAsync(_stop.Token);
        await _outside.WaitUntilReadyAsync(_stop.Token);
        await Samples.UntilAsync(() => Nodes.Length == 1, "the node runs");
    }

    [Fact]
    public async Task BannedAddress_IsRefusedBeforeTheHandshake()
    {
        await _outside.DialAsync(Nodes[0].Network.Addresses[0]);
        (await PostAsync(new { subject = "127.0.0.1", reason = "loud" })).StatusCode.ShouldBe(HttpStatusCode.OK);
        await Samples.UntilAsync(() => _outside.Snapshot().Peers.Count == 0, "the connection is closed");
        var access = _app.Services.GetRequiredService<NodeAccess>();
        var refused = access.Refused;
        await Should.ThrowAsync<IOException>(() => _outside.DialAsync(Nodes[0].Network.Addresses[0]));
        access.Refused.ShouldBe(refused + 1);

        (await SendAsync(HttpMethod.Delete, "/api/bans/127.0.0.1/32")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await SendAsync(HttpMethod.Delete, "/api/bans/127.0.0.1/32")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        await Samples.UntilAsync(() => access.Bans == 0, "the ban is gone");
        await _outside.DialAsync(Nodes[0].Network.Addresses[0]);
    }

    [Fact]
    public async Task AllowedPeer_AtABannedAddress_IsLetIn_AndNobodyElseIs()
    {
        await using var stranger = new LibP2PNetwork(new LibP2PConfig { ListenAddresses = [] });
        using var end = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        var running = stranger.RunAsync(end.Token);
        await stranger.WaitUntilReadyAsync(_stop.Token);
        (await PostAsync(new { subject = _outside.PeerId }, "/api/allowed")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await PostAsync(new { subject = "127.0.0.1" })).StatusCode.ShouldBe(HttpStatusCode.OK);
        var access = _app.Services.GetRequiredService<NodeAccess>();
        await Samples.UntilAsync(() => access.Bans == 1 && access.Protected.Count == 1, "ban and allow-list are in force");

        await _outside.DialAsync(Nodes[0].Network.Addresses[0]);
        var refused = access.Refused;
        try
        {
            await stranger.DialAsync(Nodes[0].Network.Addresses[0]);
        }
        catch (IOException)
        {
            // Its own handshake may have ended before it is told.
        }

        await Samples.UntilAsync(() => access.Refused > refused && stranger.Snapshot().Peers.Count == 0, "the stranger is turned away");
        Nodes[0].Network.Snapshot().Peers.ShouldHaveSingleItem().PeerId.ShouldBe(_outside.PeerId);
        await end.CancelAsync();
        await running;
    }

    [Fact]
    public async Task Ban_WithSeconds_EndsByItself()
    {
        (await PostAsync(new { subject = _outside.PeerId, seconds = 2 })).StatusCode.ShouldBe(HttpStatusCode.OK);
        await Samples.UntilAsync(() => _app.Services.GetRequiredService<NodeAccess>().Bans == 1, "the ban is in force");
        using var listed = JsonDocument.Parse(await _http.GetStringAsync("/api/bans"));
        listed.RootElement.GetProperty("entries")[0].GetProperty("subject").GetString().ShouldBe(_outside.PeerId);
        await Samples.UntilAsync(() => _app.Services.GetRequiredService<NodeAccess>().Bans == 0, "the ban has ended");
        await _outside.DialAsync(Nodes[0].Network.Addresses[0]);
    }

    [Fact]
    public async Task Change_WithoutTheToken_IsRefused()
    {
        (await _http.PostAsJsonAsync("/api/bans", new { subject = "192.0.2.1" })).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await SendAsync(HttpMethod.Post, "/api/bans", new { subject = "192.0.2.1" }, Token + "x")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await _http.DeleteAsync("/api/allowed/192.0.2.1")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await _app.Services.GetRequiredService<IGrainFactory>().GetGrain<IFleetGrain>(FleetKeys.Fleet).Access()).Bans.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("""{"subject":"nobody knows!"}""")]
    [InlineData("""{"subject":"192.0.2.1","seconds":-1}""")]
    [InlineData("""{"subject":"192.0.2.0/33"}""")]
    [InlineData("""{"reason":"none"}""")]
    [InlineData("""["192.0.2.1"]""")]
    [InlineData("null")]
    [InlineData("{")]
    public async Task Ban_OfNothingKnown_IsABadRequest(string body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/bans") { Content = new StringContent(body), Headers = { { "Authorization", "Bearer " + Token } } };
        (await _http.SendAsync(request)).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task Ban_WithABodyTooLarge_IsRefused()
    {
        var answer = await PostAsync(new { subject = "192.0.2.1", reason = new string('x', 10_000) });
        answer.StatusCode.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _stop.CancelAsync();
        await _running;
        await _app.StopAsync();
        await _app.DisposeAsync();
        _stop.Dispose();
    }

    private Task<HttpResponseMessage> PostAsync(object body, string path = "/api/bans") => SendAsync(HttpMethod.Post, path, body);

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, object? body = null, string token = Token)
    {
        using var request = new HttpRequestMessage(method, path) { Headers = { { "Authorization", "Bearer " + token } } };
        if (body is not null) request.Content = JsonContent.Create(body);
        return await _http.SendAsync(request);
    }
}
