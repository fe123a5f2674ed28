using System.Buffers;
using IppanFleet.Libp2p.Identity;
using IppanFleet.Libp2p.Protobuf;
using IppanFleet.Libp2p.Protocols.GossipSub;
using IppanFleet.Libp2p.Swarm;
using Microsoft.Extensions.Logging.Abstractions;

namespace IppanFleet.Libp2p.Tests.GossipSub;

/// <summary>A GossipSub node on a swarm, with one remote and a clock that only the test moves; its application accepts everything.</summary>
internal sealed class GossipShell : IMessageHandler, IAsyncDisposable
{
    public FakeSwarm Swarm { get; } = new();

    /// <summary>Messages that reached the application.</summary>
    public int Received { get; private set; }

    public PeerIdentity Remote { get; } = PeerIdentity.Generate();

    public GossipSubOptions Options { get; init; } = new();

    public Func<ByteChannel> Open
    {
        init => Swarm.Open = value;
    }

    public GossipSubProtocol Node => field ??= new GossipSubProtocol(Swarm, Options, this, NullLogger<GossipSubProtocol>.Instance);

    /// <summary>The remote, as the node's router has it.</summary>
    public PeerState Peer { get; private set; } = null!;

    public MessageVerdict Validate(in GossipMessage message, out object? decoded)
    {
        decoded = null;
        return MessageVerdict.Accept;
    }

    public void Receive(in GossipMessage message, object? decoded) => Received++;

    public async Task JoinAsync()
    {
        Node.Subscribe(new Topic("greeting"));
        Swarm.Connect(Remote);
        Node.PeerIdentified(Remote.Id, new PeerInfo { Peer = Remote.Id, Protocols = ["/meshsub/1.1.0"] });
        await TestHosts.UntilAsync(() => Swarm.Opened == 1, "opened");
        Peer = Node.FindPeer(Remote.Id)!;
    }

    /// <summary>The remote subscribes to the topic.</summary>
    public ValueTask SubscribeAsync()
    {
        var output = new ArrayBufferWriter<byte>();
        ControlEncoder.WriteSubscription(new ProtoWriter(output), new TopicState(TestRouter.Blocks), subscribe: true);
        return Node.ReceiveAsync(Peer, output.WrittenMemory);
    }

    public async ValueTask DisposeAsync()
    {
        await Node.DisposeAsync();
        Remote.Dispose();
    }
}
