using System.Text;
using IppanFleet.Ippan;
using IppanFleet.Libp2p.Identity;
using IppanFleet.P2P.LibP2P;

namespace IppanFleet.P2P.Tests;

[Trait("area", "libp2p")]
public sealed class LibP2PNetworkTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("network");

    [Theory]
    [InlineData("tcp")]
    [InlineData("memory")]
    public async Task BroadcastBlock_ThreeNodesInALine_ReachesTheLast(string transport)
    {
        await using var networks = new Networks(transport);
        var first = await networks.StartAsync();
        var second = await networks.StartAsync(first);
        var third = await networks.StartAsync(second);
        await Networks.MeshedAsync(first, second, third);
        var block = Networks.MakeBlock(first.Identity);

        var outcome = await first.BroadcastBlockAsync(block);

        outcome.Result.ShouldBe(BroadcastResult.Sent);
        var received = await Networks.NextAsync<NetworkEvent.BlockReceived>(third);
        received.Block.ShouldBe(block);
        received.Authenticated.ShouldBeTrue();
        received.From.ShouldBe(second.PeerId);
        received.MessageId.ShouldBe(Blake3.Hash(received.Payload.Span));
        Encoding.UTF8.GetString(received.Payload.Span).ShouldStartWith("{\"Block\":{");
    }

    [Fact]
    public async Task BroadcastTransaction_TwoNodes_Arrives()
    {
        await using var networks = new Networks("memory");
        var first = await networks.StartAsync();
        var second = await networks.StartAsync(first);
        await Networks.MeshedAsync(first, second);
        var transaction = Networks.MakeTransaction(second.Identity);

        await second.BroadcastTransactionAsync(transaction);

        var received = await Networks.NextAsync<NetworkEvent.TransactionReceived>(first);
        received.Transaction.ShouldBe(transaction);
        received.MessageId.ShouldBe(Blake3.Hash(received.Payload.Span));
    }

    [Fact]
    public async Task WaitUntilListening_BeforeAnyPeer_EndsWithAddresses()
    {
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        await using var network = new LibP2PNetwork(new LibP2PConfig { ListenAddresses = ["/ip4/127.0.0.1/tcp/0"], BootstrapPeers = ["/ip4/127.0.0.1/tcp/1"] });
        var waiting = network.WaitUntilListeningAsync(stop.Token);
        waiting.IsCompleted.ShouldBeFalse("it does not run yet");
        var running = network.RunAsync(stop.Token);

        await waiting;

        network.Addresses.ShouldNotBeEmpty();
        network.WaitUntilReadyAsync(stop.Token).IsCompleted.ShouldBeFalse("it has no peer");
        await stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task WaitUntilListening_AddressIsTaken_FailsAsTheRunDoes()
    {
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        await using var first = new LibP2PNetwork(new LibP2PConfig { ListenAddresses = ["/ip4/127.0.0.1/tcp/0"] });
        var running = first.RunAsync(stop.Token);
        await first.WaitUntilListeningAsync(stop.Token);
        await using var second = new LibP2PNetwork(new LibP2PConfig { ListenAddresses = [first.Addresses[0][..first.Addresses[0].IndexOf("/p2p/", StringComparison.Ordinal)]] });

        await Should.ThrowAsync<IOException>(second.RunAsync(stop.Token));

        (await Should.ThrowAsync<IOException>(second.WaitUntilListeningAsync(stop.Token))).Message.ShouldContain("the port is taken");
        await stop.CancelAsync();
        await running;
    }

    [Theory]
    [InlineData(KeyType.Rsa)]
    [InlineData(KeyType.Secp256k1)]
    [InlineData(KeyType.Ecdsa)]
    public async Task BroadcastTransaction_FromAnIdentityOfAnotherType_ReachesTheThirdNode(KeyType type)
    {
        var file = Path.Combine(_folder.FullName, "node.key");
        IdentityFile.LoadOrCreate(file, type).Dispose();
        await using var networks = new Networks("memory");
        var first = await networks.StartAsync(null, config => config with { IdentityKeyPath = file });
        var second = await networks.StartAsync(first);
        var third = await networks.StartAsync(second);
        await Networks.MeshedAsync(first, second, third);
        using var sender = PeerIdentity.Generate();
        var transaction = Networks.MakeTransaction(sender);

        (await first.BroadcastTransactionAsync(transaction)).Result.ShouldBe(BroadcastResult.Sent);

        first.Identity.PublicKey.Type.ShouldBe(type);
        (await Networks.NextAsync<NetworkEvent.TransactionReceived>(third)).Transaction.ShouldBe(transaction);
    }

    [Fact]
    public async Task IdentityKeyPath_IsMadeOnceAndKeepsThePeerId()
    {
        var config = new LibP2PConfig { IdentityKeyPath = Path.Combine(_folder.FullName, "keys", "node.key") };
        await using var first = new LibP2PNetwork(config);
        await using var second = new LibP2PNetwork(config);
        first.Identity.PublicKey.Type.ShouldBe(KeyType.Ed25519);
        second.PeerId.ShouldBe(first.PeerId);
        PeerIdentity.TryFromProtobuf(await File.ReadAllBytesAsync(config.IdentityKeyPath), out var kept).ShouldBeTrue();
        using (kept) kept!.Id.ToString().ShouldBe(first.PeerId);
    }

    [Fact]
    public void IdentityKeyPath_ThatHoldsNoKey_IsRefused()
    {
        var file = Path.Combine(_folder.FullName, "node.key");
        PrivateFiles.WriteNew(file, "nonsense"u8);
        Should.Throw<IdentityFileException>(() => new LibP2PNetwork(new LibP2PConfig { IdentityKeyPath = file })).Message.ShouldContain($"{file} does not hold a libp2p private key");
    }

    [Fact]
    public void IdentityKeyPath_BesideAnIdentity_IsRefused()
    {
        using var identity = PeerIdentity.Generate();
        Should.Throw<ArgumentException>(() => new LibP2PNetwork(new LibP2PConfig { IdentityKeyPath = Path.Combine(_folder.FullName, "node.key") }, identity)).Message.ShouldContain("not both");
        _folder.GetFiles().ShouldBeEmpty();
    }

    [Theory]
    [InlineData(IppanTopics.Blocks, "garbage")]
    [InlineData(IppanTopics.Blocks, "{\"PeerInfo\":{\"peer_id\":\"x\",\"addresses\":[],\"time_us\":null}}")]
    [InlineData(IppanTopics.Transactions, "{\"BlockRequest\":{\"hash\":[]}}")]
    [InlineData(IppanTopics.DagVertices, "[]")]
    public async Task Publish_WhatTheTopicDoesNotCarry_IsRejectedAndNotReported(string topic, string payload)
    {
        await using var networks = new Networks("memory");
        var first = await networks.StartAsync();
        var second = await networks.StartAsync(first);
        await Networks.MeshedAsync(first, second);

        await first.PublishAsync(topic, Encoding.UTF8.GetBytes(payload));

        await Networks.UntilAsync(() => second.Snapshot().Rejected == 1, "it is rejected");
        second.Snapshot().Delivered.ShouldBe(0);
    }

    [Fact]
    public async Task Publish_BlockWithForeignId_IsRejected()
    {
        await using var networks = new Networks("memory");
        var first = await networks.StartAsync();
        var second = await networks.StartAsync(first);
        await Networks.MeshedAsync(first, second);
        var block = Networks.MakeBlock(first.Identity);
        var forged = block with { Header = block.Header with { Round = block.Header.Round + 1 } };

        await first.BroadcastBlockAsync(forged);

        await Networks.UntilAsync(() => second.Snapshot().Rejected == 1, "it is rejected");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RequireBlockSignatures_UnsignedBlock_IsRefusedOnlyWhenOn(bool required)
    {
        await using var networks = new Networks("memory");
        var first = await networks.StartAsync();
        var second = await networks.StartAsync(first, c => c with { RequireBlockSignatures = required });
        await Networks.MeshedAsync(first, second);
        var unsigned = Networks.MakeBlock(first.Identity) with { Signature = [] };

        await first.BroadcastBlockAsync(unsigned);

        if (required)
        {
            await Networks.UntilAsync(() => second.Snapshot().Rejected == 1, "it is rejected");
            return;
        }
        (await Networks.NextAsync<NetworkEvent.BlockReceived>(second)).Authenticated.ShouldBeFalse();
    }

    [Fact]
    public async Task Publish_OverTheLimitOfOnePeer_IsIgnoredForItAlone()
    {
        await using var networks = new Networks("memory");
        var hub = await networks.StartAsync(configure: c => c with { MaxMessagesPerPeer = 5 });
        var (loud, calm) = (await networks.StartAsync(hub), await networks.StartAsync(hub));
        await Networks.MeshedAsync(hub, loud, calm);

        for (var i = 0; i < 20; i++) await loud.BroadcastTransactionAsync(Networks.MakeTransaction(loud.Identity, (ulong)i));
        await calm.BroadcastTransactionAsync(Networks.MakeTransaction(calm.Identity));

        await Networks.UntilAsync(() => hub.Snapshot().Delivered == 6, "five of the loud one and one of the calm one");
        loud.Snapshot().Peers.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Broadcast_Alone_SaysThatThereAreNoPeers()
    {
        await using var networks = new Networks("memory");
        var alone = await networks.StartAsync();

        (await alone.BroadcastBlockAsync(Networks.MakeBlock(alone.Identity))).ShouldBe(new BroadcastOutcome(BroadcastResult.NoPeers, 0));
        (await alone.PublishAsync("ippan/files", new byte[NetworkMessage.MaxBytes + 1])).Result.ShouldBe(BroadcastResult.TooLarge);
    }

    [Fact]
    public async Task Publish_HalfAMebibyte_Arrives()
    {
        await using var networks = new Networks("tcp");
        var first = await networks.StartAsync(configure: c => c with { GossipTopics = ["ippan/files"] });
        var second = await networks.StartAsync(first, c => c with { GossipTopics = ["ippan/files"] });
        await Networks.MeshedAsync(first, second);
        var data = new byte[NetworkMessage.MaxBytes];
        new Random(1).NextBytes(data);

        await first.PublishAsync("ippan/files", data);

        var received = await Networks.NextAsync<NetworkEvent.GossipReceived>(second);
        received.Topic.ShouldBe("ippan/files");
        received.Data.ToArray().ShouldBe(data);
    }

    [Fact]
    public async Task Bootstrap_PeerThatStartsLater_IsFoundAtARetry()
    {
        await using var networks = new Networks("memory");
        using var later = PeerIdentity.Generate();
        var early = await networks.StartAsync();
        var lateAddress = "/memory/late";
        var waiting = networks.StartAsync(configure: c => c with { BootstrapPeers = [lateAddress], BootstrapRetryInterval = TimeSpan.FromMilliseconds(100) });
        await Task.Delay(250);
        waiting.IsCompleted.ShouldBeFalse();

        var late = await networks.StartAsync(early, c => c with { ListenAddresses = [lateAddress] });

        (await waiting).Snapshot().Peers.ShouldHaveSingleItem().PeerId.ShouldBe(late.PeerId);
    }

    [Fact]
    public async Task Run_PortTaken_SaysWhichAndWhatToDo()
    {
        await using var networks = new Networks("tcp");
        var first = await networks.StartAsync();
        var port = first.Addresses[0].Split('/')[4];
        await using var second = new LibP2PNetwork(new LibP2PConfig { ListenAddresses = [$"/ip4/127.0.0.1/tcp/{port}"] });

        var refused = await Should.ThrowAsync<IOException>(second.RunAsync(CancellationToken.None));

        refused.Message.ShouldBe($"cannot listen on /ip4/127.0.0.1/tcp/{port}: the port is taken; choose another, or 0 for any free one");
        await Should.ThrowAsync<IOException>(second.WaitUntilReadyAsync());
    }

    [Fact]
    public void New_BadBootstrapAddress_SaysWhichPartIsWrong() =>
        Should.Throw<FormatException>(() => new LibP2PNetwork(new LibP2PConfig { BootstrapPeers = ["/ip4/127.0.0.1/tpc/1"] })).Message.ShouldContain("'tpc'");

    public void Dispose() => _folder.Delete(recursive: true);
}
