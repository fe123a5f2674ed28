using IppanFleet.Libp2p.Identity;

namespace IppanFleet.Interop;

/// <summary>Three js peers of three key types at once, each trying everything at the same time.</summary>
[Trait("area", "interop")]
public sealed class ThreePeersTests
{
    private const int Mebibyte = 1 << 20;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ThreeJsPeers_AtOnce_DoEverything(bool weDial)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(90));
        await using var ours = await InteropHost.StartAsync(PeerIdentity.Generate(), deadline.Token);
        var peers = await Task.WhenAll(JsPeer.StartAsync(), JsPeer.StartAsync("--identity rsa"), JsPeer.StartAsync("--identity secp256k1"));
        try
        {
            await Task.WhenAll(peers.Select(js => ours.ConnectAsync(js, weDial, deadline.Token)));
            ours.Host.Swarm.ConnectionCount.ShouldBe(3);

            await Task.WhenAll(peers.Select(async js =>
            {
                await ours.IdentifyAsync(js, deadline.Token);
                await Task.WhenAll(ours.PingAsync(js, deadline.Token), ours.RequestAsync(js, 50_000, deadline.Token), ours.PerfAsync(js, 5 * Mebibyte, deadline.Token));
            }).Append(ours.GossipAsync(peers, deadline.Token)));

            ours.Host.Swarm.ConnectionCount.ShouldBe(3);
        }
        finally
        {
            foreach (var js in peers) await js.DisposeAsync();
        }
    }
}
