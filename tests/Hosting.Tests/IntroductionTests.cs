using IppanFleet.Grains;
using IppanFleet.Hosting.Demo;
using IppanFleet.Hosting.Gossip;
using IppanFleet.Hosting.Nodes;
using IppanFleet.Libp2p.Identity;
using IppanFleet.P2P;
using Microsoft.Extensions.Logging.Abstractions;
using NSubstitute;

namespace IppanFleet.Hosting.Tests;

/// <summary>Which siblings a node dials when it is introduced to some.</summary>
public sealed class IntroductionTests : IAsyncLifetime
{
    private readonly INodeNetwork _network = Substitute.For<INodeNetwork>();
    private readonly List<string> _connected = [];
    private readonly List<string> _dialed = [];
    private readonly HashSet<string> _unreachable = [];
    private readonly GossipQueue _queue = new(new GossipOptions());
    private readonly ManualTime _time = new();
    private readonly NodeTransport _node;

    public IntroductionTests()
    {
        var options = new FleetOptions();
        var time = _time;
        _network.PeerId.Returns("me");
        _network.Addresses.Returns(["/memory/1/p2p/me"]);
        _network.Events.Returns(AsyncEnumerable.Empty<NetworkEvent>());
        _network.RunAsync(Arg.Any<CancellationToken>()).Returns(call => Task.Delay(Timeout.Infinite, call.Arg<CancellationToken>()));
        _network.Snapshot().Returns(_ => new NodeNetworkSnapshot { Topics = [], Peers = [.. _connected.Select(peer => new PeerSnapshot { PeerId = peer, Address = "" })] });
        _network.DialAsync(Arg.Any<string>(), Arg.Any<CancellationToken>()).Returns(call =>
        {
            _dialed.Add(call.Arg<string>());
            return _unreachable.Contains(call.Arg<string>()) ? Task.FromException(new IOException("nobody is there")) : Task.CompletedTask;
        });
        var events = new NodeEvents(new FirstSeen(options.Gossip, time), _queue, new DeliveryLedger());
        var lease = new Lease(options.LeaseTime, time.GetTimestamp(), time);
        _node = new NodeTransport(new NodeSpec { Name = "node-1" }, PeerIdentity.Generate(), lease, _network, events, options, time, NullLogger.Instance);
    }

    public async ValueTask InitializeAsync() => await _node.StartAsync(CancellationToken.None);

    [Fact]
    public async Task LonelyNode_DialsTheSiblingsThatItIsNotConnectedTo_ButNotItself()
    {
        _connected.Add("b");
        await MeetAsync([Sibling("a"), Sibling("b"), Sibling("me"), Sibling("c")]);
        _dialed.ShouldBe([Sibling("a"), Sibling("c")], ignoreOrder: true);
    }

    [Fact]
    public async Task NodeWithEnoughPeers_DialsTheOldestSiblingOnceOnly()
    {
        _connected.AddRange(["x", "y", "z"]);
        await MeetAsync([Sibling("a"), Sibling("b")]);
        await MeetAsync([Sibling("a"), Sibling("c")]);
        _dialed.ShouldBe([Sibling("a")]);

        await MeetAsync([Sibling("d"), Sibling("b")]);
        _dialed.ShouldBe([Sibling("a"), Sibling("d")]);
    }

    [Fact]
    public async Task NodeThatNoMeshHasRoomFor_DialsFurtherSiblings()
    {
        _connected.AddRange(["x", "y", "z"]);
        await MeetAsync([Sibling("x"), Sibling("a")]);
        _dialed.ShouldBeEmpty();

        _time.Advance(TimeSpan.FromSeconds(3));
        await MeetAsync([Sibling("x"), Sibling("a")]);
        _dialed.ShouldBe([Sibling("a")]);
    }

    [Fact]
    public async Task OldestSibling_ThatCannotBeReached_IsTriedAgain()
    {
        _connected.AddRange(["x", "y", "z"]);
        _unreachable.Add(Sibling("a"));
        await MeetAsync([Sibling("a")]);
        await MeetAsync([Sibling("a")]);
        _dialed.Count.ShouldBe(2);
    }

    public async ValueTask DisposeAsync()
    {
        await _node.DisposeAsync();
        _queue.Dispose();
    }

    /// <summary>A look at the node, as the silo takes each second, and an introduction.</summary>
    private Task MeetAsync(string[] siblings)
    {
        _node.Refresh(isAlone: false);
        return _node.MeetAsync(siblings, wanted: 3);
    }

    private static string Sibling(string peer) => $"/memory/7/p2p/{peer}";
}
