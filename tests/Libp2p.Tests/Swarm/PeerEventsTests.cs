using IppanFleet.Libp2p.Identity;
using IppanFleet.Libp2p.Multiformats;
using IppanFleet.Libp2p.Swarm;
using Microsoft.Extensions.Logging.Abstractions;

namespace IppanFleet.Libp2p.Tests.Swarm;

[Trait("area", "libp2p")]
public sealed class PeerEventsTests
{
    private readonly PeerEvents _events = new(NullLogger.Instance);
    private readonly Recorder _recorder = new();
    private readonly PeerIdentity _peer = PeerIdentity.Generate();

    public PeerEventsTests() => _events.Add(_recorder);

    [Fact]
    public void Tell_QueuedEvents_ComeInTheirOrder()
    {
        using var other = PeerIdentity.Generate();
        _events.Connected(_peer.Id, Connection(_peer));
        _events.Connected(other.Id, Connection(other));
        _events.Identified(new PeerInfo { Peer = _peer.Id, AgentVersion = "a" });
        _events.Tell();
        _events.Disconnected(_peer.Id);
        _events.Tell();

        _recorder.Lines.ShouldBe([$"+{_peer.Id}", $"a{_peer.Id}", $"+{other.Id}", $"-{_peer.Id}"]);
        _events.Merged.ShouldBe(0);
    }

    [Fact]
    public void ConnectionCameAndWentUnheard_NothingIsTold_AndCounted()
    {
        _events.Connected(_peer.Id, Connection(_peer));
        _events.Identified(new PeerInfo { Peer = _peer.Id });
        _events.Disconnected(_peer.Id);
        _events.Tell();

        _recorder.Lines.ShouldBeEmpty();
        _events.Waiting.ShouldBe(0);
        _events.Merged.ShouldBe(3);
    }

    [Fact]
    public void KnownPeerGoesAndComesTwiceUnheard_IsToldOnceEach_WithTheLastConnection()
    {
        _events.Connected(_peer.Id, Connection(_peer));
        _events.Tell();
        _events.Disconnected(_peer.Id);
        _events.Connected(_peer.Id, Connection(_peer));
        _events.Disconnected(_peer.Id);
        var last = Connection(_peer);
        _events.Connected(_peer.Id, last);
        _events.Identified(new PeerInfo { Peer = _peer.Id, AgentVersion = "old" });
        _events.Identified(new PeerInfo { Peer = _peer.Id, AgentVersion = "new" });
        _events.Tell();

        _recorder.Lines.ShouldBe([$"+{_peer.Id}", $"-{_peer.Id}", $"+{_peer.Id}", $"new{_peer.Id}"]);
        _recorder.Last.ShouldBe(last);
        _events.Merged.ShouldBe(3);
    }

    [Fact]
    public async Task SlowObserver_AnyNumberOfEvents_StaysBoundedAndPaired()
    {
        var peers = Enumerable.Range(0, 20).Select(_ => PeerIdentity.Generate()).ToArray();
        var connections = peers.Select(Connection).ToArray();
        var up = new bool[peers.Length];
        var random = new Random(11);
        var holding = _recorder.Hold();
        _events.Connected(_peer.Id, Connection(_peer));
        var telling = Task.Run(_events.Tell, TestContext.Current.CancellationToken);
        await holding.WaitAsync(TestHosts.Deadline);

        for (var i = 0; i < 100_000; i++)
        {
            var at = random.Next(peers.Length);
            if (up[at] ^= true) _events.Connected(peers[at].Id, connections[at]);
            else _events.Disconnected(peers[at].Id);
            _events.Tell();
            _events.Waiting.ShouldBeLessThanOrEqualTo(peers.Length);
        }
        _recorder.Release();
        await telling.WaitAsync(TestHosts.Deadline);

        var told = _recorder.Lines.Skip(1).ToList();
        told.ShouldBe(told.Distinct(), "no peer was told twice");
        told.Order().ShouldBe(peers.Where((_, i) => up[i]).Select(p => $"+{p.Id}").Order(), "who is up in the end, and nobody else");
        _events.Merged.ShouldBe(100_000 - told.Count);
    }

    [Fact]
    public async Task SlowObserver_OfTheDialer_DoesNotHoldUpTheHandshake()
    {
        await using var hosts = new TestHosts("tcp");
        var held = _recorder.Hold();
        var alice = await hosts.StartAsync(prepare: host => host.Add(_recorder));
        var bob = await hosts.StartAsync();
        var dialing = Task.Run(() => alice.Swarm.DialAsync(bob.Addresses[0], TestHosts.Deadline), TestContext.Current.CancellationToken);
        await held.WaitAsync(TestHosts.Deadline);

        await TestHosts.UntilAsync(() => bob.Swarm.FindInfo(alice.Id) is not null, "bob has the end of the handshake, and more");

        dialing.IsCompleted.ShouldBeFalse();
        _recorder.Release();
        (await dialing).RemotePeer.ShouldBe(bob.Id);
    }

    private static PeerConnection Connection(PeerIdentity peer) => new(peer.PublicKey, Multiaddr.Parse("/memory/1"), Multiaddr.Parse("/memory/2"), Direction.Inbound, DateTimeOffset.UnixEpoch);

    private sealed class Recorder : IPeerObserver
    {
        private readonly TaskCompletionSource _entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly ManualResetEventSlim _open = new(initialState: true);

        internal List<string> Lines { get; } = [];

        internal PeerConnection? Last { get; private set; }

        /// <summary>The next event is held up until <see cref="Release"/>; ends when it has come.</summary>
        internal Task Hold()
        {
            _open.Reset();
            return _entered.Task;
        }

        internal void Release() => _open.Set();

        public void PeerConnected(PeerId peer, PeerConnection connection)
        {
            Lines.Add($"+{peer}");
            Last = connection;
            _entered.TrySetResult();
            _open.Wait(TestHosts.Deadline);
        }

        public void PeerIdentified(PeerId peer, PeerInfo info) => Lines.Add($"{info.AgentVersion}{peer}");

        public void PeerDisconnected(PeerId peer) => Lines.Add($"-{peer}");
    }
}
