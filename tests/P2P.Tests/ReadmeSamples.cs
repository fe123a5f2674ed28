using IppanFleet.Ippan;
using IppanFleet.Libp2p;
using IppanFleet.Libp2p.Multiformats;
using IppanFleet.P2P.LibP2P;

namespace IppanFleet.P2P.Tests;

/// <summary>The README's samples: what stands between the marks is what stands there, and runs here.</summary>
[Trait("area", "libp2p")]
public sealed class ReadmeSamples
{
    [Fact]
    public async Task Network_Sample_HearsTheBlock()
    {
        NetworkEvent.BlockReceived? heard = null;
        Action<NetworkEvent.BlockReceived> Handle = block => heard = block;

        // sample: network
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await using var first = new LibP2PNetwork(new LibP2PConfig { ListenAddresses = ["/ip4/127.0.0.1/tcp/0"] });
        var firstRun = first.RunAsync(stop.Token);
        await first.WaitUntilReadyAsync(stop.Token);            // it listens

        await using var second = new LibP2PNetwork(new LibP2PConfig
        {
            ListenAddresses = ["/ip4/127.0.0.1/tcp/0"],
            BootstrapPeers = [first.Addresses[0]],              // /ip4/127.0.0.1/tcp/PORT/p2p/12D3KooW…
        });
        var secondRun = second.RunAsync(stop.Token);
        await second.WaitUntilReadyAsync(stop.Token);           // it listens and has a peer

        // The peer must have told which topics it subscribes to, which takes a moment after connecting.
        var clock = new IppanClock(TimeProvider.System);
        var block = Block.Create(first.Identity.Key, round: 1, parentIds: [], transactions: [], clock.NowUs());
        while ((await first.BroadcastBlockAsync(block, stop.Token)).Result == BroadcastResult.NoPeers) await Task.Delay(50, stop.Token);

        await foreach (var happened in second.Events.WithCancellation(stop.Token))
        {
            if (happened is not NetworkEvent.BlockReceived received) continue;
            Handle(received);                                   // valid, and signed by first: received.Authenticated
            break;
        }

        await stop.CancelAsync();                               // leaves the network
        await Task.WhenAll(firstRun, secondRun);
        // end

        heard.ShouldNotBeNull().Block.ShouldBe(block);
        heard.Authenticated.ShouldBeTrue();
    }

    [Fact]
    public async Task Host_Sample_MeasuresARoundTrip()
    {
        // sample: host
        await using var listener = new Libp2pHost(new Libp2pHostOptions { ListenAddresses = [Multiaddr.Parse("/ip4/127.0.0.1/tcp/0")] });
        await listener.StartAsync();

        await using var dialer = new Libp2pHost(new Libp2pHostOptions { ListenAddresses = [] });
        var connection = await dialer.Swarm.DialAsync(listener.Addresses[0]);   // TCP, Noise, Yamux, Identify
        var roundTrip = await dialer.Ping.PingAsync(connection.RemotePeer);
        // end

        connection.RemotePeer.ShouldBe(listener.Id);
        roundTrip.ShouldBeGreaterThan(TimeSpan.Zero);
    }
}
