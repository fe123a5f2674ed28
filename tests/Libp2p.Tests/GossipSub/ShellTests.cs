using System.Buffers;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using IppanFleet.Libp2p.Identity;
using IppanFleet.Libp2p.Protobuf;
using IppanFleet.Libp2p.Protocols.GossipSub;
using IppanFleet.Libp2p.Swarm;

namespace IppanFleet.Libp2p.Tests.GossipSub;

/// <summary>The shell around the router, with a clock that only the test moves.</summary>
[Trait("area", "gossipsub")]
public sealed class ShellTests
{
    private static readonly Topic Blocks = TestRouter.Blocks;

    [Fact]
    public async Task Write_ThatTakesTooLong_EndsTheStream_AndAnotherIsOpened()
    {
        var stuck = new SinkChannel(stalls: true);
        await using var shell = new GossipShell { Open = () => stuck };
        await shell.JoinAsync();
        await TestHosts.UntilAsync(() => stuck.Writes == 1, "it writes");
        shell.Swarm.Open = static () => new SinkChannel();
        shell.Swarm.Clock.Advance(TimeSpan.FromSeconds(29));
        stuck.AbortedFor.ShouldBeNull();
        shell.Swarm.Clock.Advance(TimeSpan.FromSeconds(3));
        stuck.AbortedFor.ShouldBe("a write took longer than 30 s");
        await TestHosts.UntilAsync(
            () =>
            {
                shell.Swarm.Clock.Advance(TimeSpan.FromSeconds(1));
                return shell.Swarm.Opened == 2;
            },
            "opened anew");
    }

    [Fact]
    public async Task Opening_ThatFails_IsRetriedWithGrowingWaits_AndGivenUp()
    {
        await using var shell = new GossipShell { Open = static () => throw new SwarmException(SwarmFault.TimedOut, "a test's refusal") };
        await shell.JoinAsync();
        await TestHosts.UntilAsync(
            () =>
            {
                shell.Swarm.Clock.Advance(TimeSpan.FromSeconds(1));
                return shell.Node.Statistics.Peers == 0;
            },
            "given up");
        shell.Swarm.Opened.ShouldBe(8);
    }

    [Fact]
    public async Task Opening_RefusedAsUnsupported_IsGivenUpAtOnce()
    {
        await using var shell = new GossipShell { Open = static () => throw new SwarmException(SwarmFault.UnsupportedProtocol, "a test's refusal") };
        await shell.JoinAsync();
        await TestHosts.UntilAsync(() => shell.Node.Statistics.Peers == 0, "given up");
        shell.Swarm.Opened.ShouldBe(1);
    }

    [Fact]
    public async Task Publish_WhileAllQueuesStayFull_TimesOut()
    {
        await using var shell = new GossipShell { Open = static () => new SinkChannel(stalls: true), Options = new GossipSubOptions { MaxQueuedMessages = 1 } };
        await shell.JoinAsync();
        await shell.SubscribeAsync();
        var pending = shell.Node.PublishAsync(Blocks, new byte[10]).AsTask();
        for (var i = 1; pending.IsCompleted; i++)
        {
            (await pending).IsPublished.ShouldBeTrue();
            i.ShouldBeLessThan(4);
            pending = shell.Node.PublishAsync(Blocks, new byte[10 + i]).AsTask();
        }
        shell.Swarm.Clock.Advance(TimeSpan.FromSeconds(4.9));
        pending.IsCompleted.ShouldBeFalse();
        shell.Swarm.Clock.Advance(TimeSpan.FromSeconds(0.2));
        (await pending.WaitAsync(TestHosts.Deadline)).Status.ShouldBe(PublishStatus.QueuesFull);
    }

    [Fact]
    public async Task Disconnected_NewsOlderThanANewConnection_DoesNotForgetThePeer()
    {
        await using var shell = new GossipShell();
        await shell.JoinAsync();
        shell.Node.PeerDisconnected(shell.Remote.Id);
        shell.Node.Statistics.Peers.ShouldBe(1);
        shell.Swarm.Disconnect(shell.Remote.Id, "test");
        shell.Node.PeerDisconnected(shell.Remote.Id);
        shell.Node.Statistics.Peers.ShouldBe(0);
    }

    [Fact]
    public async Task Streams_BeyondTheLimitOfAPeer_AreRefused_UntilAnotherEnds()
    {
        await using var shell = new GossipShell();
        await shell.JoinAsync();
        var connection = shell.Swarm.FindConnection(shell.Remote.Id)!;
        PeerStream Stream() => new(new SinkChannel(stalls: true), connection, "/meshsub/1.2.0", Direction.Inbound);
        var (first, second) = (Stream(), Stream());
        var serving = ((PeerStream[])[first, second]).Select(stream => shell.Node.HandleAsync(stream, CancellationToken.None).AsTask()).ToList();
        (await Should.ThrowAsync<ChannelException>(shell.Node.HandleAsync(Stream(), CancellationToken.None).AsTask())).Fault.ShouldBe(ChannelFault.LimitExceeded);
        first.Abort();
        await Should.ThrowAsync<ChannelException>(serving[0]);
        var third = shell.Node.HandleAsync(Stream(), CancellationToken.None).AsTask();
        third.IsCompleted.ShouldBeFalse();
        await shell.Node.DisposeAsync();
        await Task.WhenAll(serving[1], third).WaitAsync(TestHosts.Deadline);
    }

    [Fact]
    public async Task Receive_AnyBytes_ThrowsNothingButTheRule()
    {
        await using var shell = new GossipShell();
        await shell.JoinAsync();
        shell.Node.Subscribe(Blocks);
        await shell.SubscribeAsync();
        using var author = PeerIdentity.Generate();
        var random = new Random(7);
        var entries = new ArrayBufferWriter<byte>();
        var topic = new TopicState(Blocks);
        ControlEncoder.WriteSubscription(new ProtoWriter(entries), topic, subscribe: true);
        entries.Write(SignedMessage.Sign(author, Blocks, 3, "data"u8));
        var control = new ArrayBufferWriter<byte>();
        ControlEncoder.WriteGraft(new ProtoWriter(control), topic);
        ControlEncoder.WritePrune(new ProtoWriter(control), topic, TimeSpan.FromSeconds(9));
        control.Write(ControlEncoder.IHave(topic, [TestRouter.Id32(1)], 1000)[0]);
        control.Write(ControlEncoder.IWant([TestRouter.Id32(1)], 1000)[0]);
        control.Write(ControlEncoder.IDontWant([TestRouter.Id32(2)]));
        new ProtoWriter(entries).WriteBytes(RpcFields.Control, control.WrittenSpan);
        for (var round = 0; round < 20_000; round++)
        {
            var bytes = entries.WrittenSpan.ToArray();
            for (var flips = random.Next(1, 6); flips > 0; flips--) bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
            try
            {
                await shell.Node.ReceiveAsync(shell.Peer, bytes.AsMemory(0, random.Next(bytes.Length + 1)));
            }
            catch (ChannelException e)
            {
                e.Rule.ShouldNotBeNullOrEmpty();
            }
            if (round % 100 == 0) shell.Swarm.Clock.Advance(TimeSpan.FromSeconds(1));
        }
        shell.Node.Statistics.Peers.ShouldBe(1);
    }

    [Fact]
    public async Task Copies_WithinOneRpc_AreJudgedOnce()
    {
        await using var shell = new GossipShell();
        await shell.JoinAsync();
        shell.Node.Subscribe(Blocks);
        using var author = PeerIdentity.Generate();
        var rpc = new ArrayBufferWriter<byte>();
        for (var copy = 0; copy < 500; copy++) rpc.Write(SignedMessage.Sign(author, Blocks, 7, "data"u8));

        await shell.Node.ReceiveAsync(shell.Peer, rpc.WrittenMemory);

        shell.Node.Statistics.Accepted.ShouldBe(1);
        shell.Node.Statistics.Duplicates.ShouldBe(499);
    }

    [Fact]
    public async Task Duplicate_CostsNoAllocation_AndAMessageOneFrame()
    {
        await using var shell = new GossipShell { Options = new GossipSubOptions { MessageIdFunction = static content => new MessageId(content.Data[..32]) } };
        await shell.JoinAsync();
        shell.Node.Subscribe(Blocks);
        using var author = PeerIdentity.Generate();
        var frames = new byte[2_000][];
        for (var i = 0; i < frames.Length; i++)
        {
            var data = new byte[1024];
            BitConverter.TryWriteBytes(data, i);
            frames[i] = SignedMessage.Sign(author, Blocks, (ulong)i + 1, data);
        }
        var peer = shell.Peer;
        var (first, second) = (frames[..1_000], frames[1_000..]);
        foreach (var frame in first) await shell.Node.ReceiveAsync(peer, frame);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var round = 0; round < 10; round++)
        {
            foreach (var frame in first) await shell.Node.ReceiveAsync(peer, frame);
        }
        var duplicates = GC.GetAllocatedBytesForCurrentThread() - before;
        before = GC.GetAllocatedBytesForCurrentThread();
        var clock = Stopwatch.StartNew();
        foreach (var frame in second) await shell.Node.ReceiveAsync(peer, frame);
        var each = (GC.GetAllocatedBytesForCurrentThread() - before) / 1_000;
        TestContext.Current.TestOutputHelper?.WriteLine($"duplicates: {duplicates} B in all; a message: {each} B, {clock.Elapsed.TotalMicroseconds / 1_000:0} µs");

        shell.Node.Statistics.Accepted.ShouldBe(2_000);
        shell.Node.Statistics.Duplicates.ShouldBe(10_000);
        duplicates.ShouldBe(0);
        each.ShouldBeLessThan(2_500);
    }

    [Fact]
    public async Task Metrics_TellOfTopicsAndNodes()
    {
        await using var shell = new GossipShell();
        await shell.JoinAsync();
        shell.Node.Subscribe(Blocks);
        await shell.SubscribeAsync();
        using var meter = new Meter("test");
        var metrics = new GossipSubMetrics(meter);
        using var attached = metrics.Attach("n1", shell.Node);
        var seen = new Dictionary<string, long>(StringComparer.Ordinal);
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (instrument.Meter == meter) l.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => seen[$"{instrument.Name} {string.Join(' ', tags.ToArray().Select(tag => tag.Value))}"] = value);
        listener.Start();
        listener.RecordObservableInstruments();
        seen["libp2p_gossipsub_mesh_peer_counts n1 blocks"].ShouldBe(1);
        seen["libp2p_gossipsub_mesh_peer_inclusion_events n1 blocks"].ShouldBe(1);
        seen["libp2p_gossipsub_failed_messages n1 queue_full"].ShouldBe(0);
    }
}
