using System.Text;
using System.Text.Json.Nodes;
using IppanFleet.Ippan;
using IppanFleet.Libp2p.Identity;
using IppanFleet.P2P;
using IppanFleet.P2P.LibP2P;

namespace IppanFleet.Interop;

/// <summary>Blocks and transactions between our nodes and js-libp2p on IPPAN's topics, ids by BLAKE3 of the data, signatures checked by both.</summary>
[Trait("area", "interop")]
public sealed class GossipTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Block_FromUs_ReachesJsWithItsId(bool weDial)
    {
        await using var pair = await Pair.StartAsync(weDial);
        var block = MakeBlock(pair.Node.Identity);

        (await pair.Node.BroadcastBlockAsync(block)).Result.ShouldBe(BroadcastResult.Sent);

        var message = await pair.Js.NextAsync("message", m => (string?)m["topic"] == IppanTopics.Blocks);
        var data = Convert.FromBase64String((string)message["dataBase64"]!);
        ((string)message["messageIdHex"]!).ShouldBe(Convert.ToHexStringLower(Blake3.Hash(data).AsSpan()));
        ((string)message["from"]!).ShouldBe(pair.Node.PeerId);
        NetworkMessage.TryDecode(data, out var decoded, out _).ShouldBeTrue();
        decoded.ShouldBeOfType<NetworkMessage.BlockMessage>().Block.ShouldBe(block);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task BlockAndTransaction_FromJs_ReachUs(bool weDial)
    {
        await using var pair = await Pair.StartAsync(weDial);
        using var creator = PeerIdentity.Generate();
        var block = MakeBlock(creator);

        await pair.PublishFromJsAsync(IppanTopics.Blocks, new NetworkMessage.BlockMessage(block).Encode());
        await pair.PublishFromJsAsync(IppanTopics.Transactions, new NetworkMessage.TransactionMessage(block.Transactions[0]).Encode());

        var received = await pair.NextAsync<NetworkEvent.BlockReceived>();
        received.Block.ShouldBe(block);
        received.Authenticated.ShouldBeTrue();
        (await pair.NextAsync<NetworkEvent.TransactionReceived>()).Transaction.ShouldBe(block.Transactions[0]);
    }

    [Fact]
    public async Task Garbage_FromJs_IsRejectedAndTheNextBlockStillArrives()
    {
        await using var pair = await Pair.StartAsync(weDial: true);
        using var creator = PeerIdentity.Generate();

        await pair.PublishFromJsAsync(IppanTopics.Blocks, Encoding.UTF8.GetBytes("{\"Block\":[]}"));
        await pair.PublishFromJsAsync(IppanTopics.Blocks, new NetworkMessage.BlockMessage(MakeBlock(creator)).Encode());

        (await pair.NextAsync<NetworkEvent.BlockReceived>()).Authenticated.ShouldBeTrue();
        pair.Node.Snapshot().Rejected.ShouldBe(1);
    }

    [Fact]
    public async Task HundredBlocks_BothWays_AllArrive()
    {
        const int Count = 100;
        await using var pair = await Pair.StartAsync(weDial: true);
        using var creator = PeerIdentity.Generate();
        var ours = Enumerable.Range(1, Count).Select(i => MakeBlock(creator, (ulong)i)).ToArray();
        var theirs = Enumerable.Range(1001, Count).Select(i => MakeBlock(creator, (ulong)i)).ToArray();

        foreach (var (mine, yours) in ours.Zip(theirs))
        {
            (await pair.Node.BroadcastBlockAsync(mine)).Result.ShouldBe(BroadcastResult.Sent);
            await pair.PublishFromJsAsync(IppanTopics.Blocks, new NetworkMessage.BlockMessage(yours).Encode());
        }

        var arrived = new HashSet<Hash32>();
        while (arrived.Count < Count) arrived.Add((await pair.NextAsync<NetworkEvent.BlockReceived>()).Block.Id);
        arrived.ShouldBe(theirs.Select(b => b.Id), ignoreOrder: true);
        var seen = new HashSet<string>();
        while (seen.Count < Count) seen.Add((string)(await pair.Js.NextAsync("message"))["messageIdHex"]!);
        seen.ShouldBe(ours.Select(b => Convert.ToHexStringLower(Blake3.Hash(new NetworkMessage.BlockMessage(b).Encode()).AsSpan())), ignoreOrder: true);
    }

    [Fact]
    public async Task Block_BetweenTwoJsPeersThroughUs_IsForwarded()
    {
        await using var pair = await Pair.StartAsync(weDial: true);
        await using var other = await JsPeer.StartAsync();
        await other.CallAsync("subscribe", new { topic = IppanTopics.Blocks });
        await other.CallAsync("dial", new { address = pair.Node.Addresses[0] });
        await Pair.MeshedAsync(other, pair.Node.PeerId);
        using var creator = PeerIdentity.Generate();
        var payload = new NetworkMessage.BlockMessage(MakeBlock(creator)).Encode();

        await pair.PublishFromJsAsync(IppanTopics.Blocks, payload);

        var message = await other.NextAsync("message");
        Convert.FromBase64String((string)message["dataBase64"]!).ShouldBe(payload);
        ((string)message["from"]!).ShouldBe(pair.Js.PeerId);
    }

    private static Block MakeBlock(PeerIdentity creator, ulong round = 1)
    {
        var now = (ulong)((DateTimeOffset.UtcNow - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond);
        return Block.Create(creator.Key, round, [], [Transaction.CreateSigned(creator.Key, Blake3.Hash("receiver"u8), 5, round, now)], now);
    }

    /// <summary>A node of ours and a js peer, connected and meshed on blocks and transactions.</summary>
    private sealed class Pair(LibP2PNetwork node, JsPeer js) : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly CancellationTokenSource _deadline = new(TimeSpan.FromSeconds(60));
        private IAsyncEnumerator<NetworkEvent>? _events;
        private Task _running = Task.CompletedTask;

        internal LibP2PNetwork Node => node;

        internal JsPeer Js => js;

        internal static async Task<Pair> StartAsync(bool weDial)
        {
            var js = await JsPeer.StartAsync();
            var node = new LibP2PNetwork(new LibP2PConfig { ListenAddresses = ["/ip4/127.0.0.1/tcp/0"], BootstrapPeers = weDial ? [js.Address] : [] }, PeerIdentity.Generate());
            var pair = new Pair(node, js);
            pair._running = node.RunAsync(pair._stop.Token);
            await js.CallAsync("subscribe", new { topic = IppanTopics.Blocks });
            await js.CallAsync("subscribe", new { topic = IppanTopics.Transactions });
            await node.WaitUntilReadyAsync(pair._deadline.Token);
            if (!weDial) await js.CallAsync("dial", new { address = node.Addresses[0] });
            await MeshedAsync(js, node.PeerId);
            while (node.Snapshot().Topics.Any(t => t.Topic is IppanTopics.Blocks or IppanTopics.Transactions && t.Subscribers == 0)) await Task.Delay(20, pair._deadline.Token);
            return pair;
        }

        internal static async Task MeshedAsync(JsPeer js, string peerId)
        {
            var deadline = DateTimeOffset.UtcNow.AddSeconds(30);
            while (!(await js.CallAsync("mesh", new { topic = IppanTopics.Blocks }))!.AsArray().Any(p => (string)p! == peerId))
            {
                DateTimeOffset.UtcNow.ShouldBeLessThan(deadline, "js grafted us");
                await Task.Delay(50);
            }
        }

        internal async Task PublishFromJsAsync(string topic, byte[] payload)
        {
            var recipients = (JsonArray)(await js.CallAsync("publish", new { topic, dataBase64 = Convert.ToBase64String(payload) }))!;
            recipients.Count.ShouldBeGreaterThan(0);
        }

        internal async Task<T> NextAsync<T>()
            where T : NetworkEvent
        {
            _events ??= node.Events.GetAsyncEnumerator(_deadline.Token);
            while (await _events.MoveNextAsync())
            {
                if (_events.Current is T wanted) return wanted;
            }
            throw new InvalidOperationException("the network ended");
        }

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await _running;
            await js.DisposeAsync();
            _deadline.Dispose();
            _stop.Dispose();
        }
    }
}
