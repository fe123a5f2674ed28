using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using IppanFleet.Hosting;
using IppanFleet.P2P;
using IppanFleet.P2P.LibP2P;
using IppanFleet.Silo.Options;
using IppanFleet.Silo.Run;

namespace IppanFleet.FleetTests;

/// <summary>A fleet of several silos that comes back from its data folder, with everything that it knew.</summary>
[Trait("area", "fleet")]
public sealed class ComeBackTests : IAsyncLifetime
{
    private const string Token = "a-token-of-some-length";

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("come-back");
    private readonly CancellationTokenSource _stop = new(TimeSpan.FromSeconds(120));
    private readonly HttpClient _http = new();
    private readonly LibP2PNetwork _friend = new(new LibP2PConfig { ListenAddresses = ["/ip4/127.0.0.1/tcp/0"] });
    private readonly LibP2PNetwork _foe = new(new LibP2PConfig { ListenAddresses = ["/ip4/127.0.0.1/tcp/0"] });
    private Task _running = Task.CompletedTask;

    public async ValueTask InitializeAsync()
    {
        _running = Task.WhenAll(_friend.RunAsync(_stop.Token), _foe.RunAsync(_stop.Token));
        await _friend.WaitUntilReadyAsync(_stop.Token);
        await _foe.WaitUntilReadyAsync(_stop.Token);
    }

    [Fact]
    public async Task Restarted_HasTheSameNodesIdentitiesPeersBansAndBlocks()
    {
        var options = new SiloOptions
        {
            Fleet = new FleetOptions { Nodes = 4, Silos = 3, Bootstrap = [_friend.Addresses[0]], Demo = new DemoOptions { Rate = 5 }, AdminToken = Token },
            DataFolder = Path.Combine(_directory.FullName, "data"),
            HttpListen = new Uri("http://127.0.0.1:0"),
        };

        Node[] before;
        string blockId;
        byte[] block;
        JsonElement friend;
        await using (var first = new Run(options with { ReadyFile = FileOf("first.json") }))
        {
            before = await first.NodesAsync();
            before.Length.ShouldBe(4);
            await UntilAsync(() => PeersOf(_friend).IsSupersetOf(before.Select(node => node.PeerId)), "all nodes are connected to the friend");
            blockId = await NextBlockAsync();
            block = await UntilFoundAsync(first, $"/api/blocks/{blockId}");
            friend = await UntilFoundAsync(first, $"/api/peers/node-1/{_friend.PeerId}", record => record.GetProperty("agent").GetString()!.Length > 0);
            friend.GetProperty("isConnected").GetBoolean().ShouldBeTrue();

            await _foe.DialAsync(before[0].Address);
            using var ban = new HttpRequestMessage(HttpMethod.Post, first.Http + "/api/bans") { Content = JsonContent.Create(new { subject = _foe.PeerId }), Headers = { { "Authorization", "Bearer " + Token } } };
            (await _http.SendAsync(ban)).StatusCode.ShouldBe(HttpStatusCode.OK);
            await UntilAsync(() => PeersOf(_foe).Count == 0, "the foe has lost its connection");
            await first.StopAsync();
        }

        await UntilAsync(() => PeersOf(_friend).Count == 0, "the fleet has left");
        await using var second = new Run(options with { Fleet = options.Fleet with { Bootstrap = [], Demo = null, Nodes = 1 }, ReadyFile = FileOf("second.json") });
        var after = await second.NodesAsync();
        after.Select(node => (node.Name, node.PeerId)).ShouldBe(before.Select(node => (node.Name, node.PeerId)));
        await UntilAsync(() => PeersOf(_friend).IsSupersetOf(before.Select(node => node.PeerId)), "all nodes are connected to the friend again");

        using var bans = JsonDocument.Parse(await _http.GetStringAsync(second.Http + "/api/bans"));
        bans.RootElement.GetProperty("entries").EnumerateArray().ShouldHaveSingleItem().GetProperty("subject").GetString().ShouldBe(_foe.PeerId);
        foreach (var node in after) await RefusesAsync(node);

        (await UntilFoundAsync(second, $"/api/blocks/{blockId}")).ShouldBe(block);
        var again = await UntilFoundAsync(second, $"/api/peers/node-1/{_friend.PeerId}", record => record.GetProperty("connections").GetInt64() > friend.GetProperty("connections").GetInt64());
        again.GetProperty("firstSeen").GetDateTimeOffset().ShouldBe(friend.GetProperty("firstSeen").GetDateTimeOffset());
        await second.StopAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _http.Dispose();
        _stop.Dispose();
        _directory.Delete(recursive: true);
    }

    private static HashSet<string> PeersOf(LibP2PNetwork network) => [.. network.Snapshot().Peers.Select(peer => peer.PeerId)];

    private static async Task UntilAsync(Func<bool> condition, string what)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!condition())
        {
            deadline.IsCancellationRequested.ShouldBeFalse($"never: {what}");
            await Task.Delay(20);
        }
    }

    private async Task<string> NextBlockAsync()
    {
        await foreach (var heard in _friend.Events.WithCancellation(_stop.Token))
        {
            if (heard is NetworkEvent.BlockReceived block) return block.Block.Id.ToString();
        }

        throw new InvalidOperationException("The network ended.");
    }

    /// <summary>The foe's own handshake may end before the node has said no; then its connection is closed at once.</summary>
    private async Task RefusesAsync(Node node)
    {
        try
        {
            await _foe.DialAsync(node.Address);
        }
        catch (IOException)
        {
            return;
        }

        await UntilAsync(() => PeersOf(_foe).Count == 0, $"{node.Name} refuses the foe");
    }

    private async Task<byte[]> UntilFoundAsync(Run run, string path)
    {
        byte[] found = [];
        await UntilAsync(
            () =>
            {
                using var answer = _http.GetAsync(run.Http + path, _stop.Token).GetAwaiter().GetResult();
                if (answer.StatusCode != HttpStatusCode.OK) return false;
                found = answer.Content.ReadAsByteArrayAsync().GetAwaiter().GetResult();
                return true;
            },
            $"{path} is found");
        return found;
    }

    private async Task<JsonElement> UntilFoundAsync(Run run, string path, Func<JsonElement, bool> fits)
    {
        while (true)
        {
            using var json = JsonDocument.Parse(await UntilFoundAsync(run, path));
            if (fits(json.RootElement)) return json.RootElement.Clone();
            await Task.Delay(100, _stop.Token);
        }
    }

    private string FileOf(string name) => Path.Combine(_directory.FullName, name);

    private sealed record Node(string Name, string PeerId, string Address);

    /// <summary>A silo's run within this process, from its start to its end.</summary>
    private sealed class Run : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly StringWriter _error = new();
        private readonly string _ready;
        private readonly Task<int> _code;

        internal Run(SiloOptions options)
        {
            _ready = options.ReadyFile!;
            _code = new SiloRun(options, TextWriter.Null, _error, isTerminal: false, TimeProvider.System).RunAsync(_stop.Token);
        }

        internal string Http { get; private set; } = "";

        internal async Task<Node[]> NodesAsync()
        {
            await UntilAsync(() => _code.IsCompleted || File.Exists(_ready), "the fleet is ready");
            _code.IsCompleted.ShouldBeFalse(_error.ToString());
            using var ready = JsonDocument.Parse(await File.ReadAllTextAsync(_ready));
            Http = ready.RootElement.GetProperty("http").GetString()!;
            return [.. ready.RootElement.GetProperty("nodes").EnumerateArray().Select(node =>
                new Node(node.GetProperty("name").GetString()!, node.GetProperty("peerId").GetString()!, node.GetProperty("addresses")[0].GetString()!))];
        }

        internal async Task StopAsync()
        {
            await _stop.CancelAsync();
            (await _code).ShouldBe(0, _error.ToString());
        }

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await _code;
            _stop.Dispose();
        }
    }
}
