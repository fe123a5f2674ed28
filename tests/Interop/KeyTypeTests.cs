using IppanFleet.Libp2p.Identity;
using IppanFleet.Libp2p.Multiformats;

namespace IppanFleet.Interop;

/// <summary>Identities of every type on either side: Noise, Identify with its signed record, Ping, and messages that they sign.</summary>
[Trait("area", "interop")]
public sealed class KeyTypeTests : IAsyncDisposable
{
    private readonly CancellationTokenSource _deadline = new(TimeSpan.FromSeconds(60));
    private readonly List<InteropHost> _hosts = [];

    [Theory]
    [InlineData("rsa", KeyType.Rsa, true)]
    [InlineData("rsa", KeyType.Rsa, false)]
    [InlineData("secp256k1", KeyType.Secp256k1, true)]
    [InlineData("secp256k1", KeyType.Secp256k1, false)]
    public async Task JsIdentity_OfAnotherType_IsAPeerLikeAnyOther(string identity, KeyType type, bool weDial)
    {
        await using var js = await JsPeer.StartAsync($"--identity {identity}");
        var ours = await StartAsync(PeerIdentity.Generate());

        await CheckAsync(ours, js, weDial);

        ours.Host.Swarm.FindConnection(PeerId.Parse(js.PeerId))!.RemotePublicKey.Type.ShouldBe(type);
    }

    [Theory]
    [InlineData(KeyType.Rsa, 2048, true)]
    [InlineData(KeyType.Rsa, 2048, false)]
    [InlineData(KeyType.Rsa, 4096, false)]
    [InlineData(KeyType.Secp256k1, 0, true)]
    [InlineData(KeyType.Secp256k1, 0, false)]
    public async Task OurIdentity_OfAnotherType_IsTakenByJs(KeyType type, int bits, bool weDial)
    {
        await using var js = await JsPeer.StartAsync();
        await CheckAsync(await StartAsync(type == KeyType.Rsa ? PeerIdentity.Generate(type, bits) : PeerIdentity.Generate(type)), js, weDial);
    }

    /// <summary>js makes no peer ids of ECDSA keys. What it refuses costs us that connection and nothing else.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task OurIdentity_Ecdsa_IsRefusedByJsAndTakenByOurs(bool weDial)
    {
        await using var js = await JsPeer.StartAsync();
        InteropHost ecdsa = await StartAsync(PeerIdentity.Generate(KeyType.Ecdsa)), other = await StartAsync(PeerIdentity.Generate(KeyType.Rsa));
        (await other.Host.Swarm.DialAsync(ecdsa.Host.Addresses[0], _deadline.Token)).RemotePublicKey.Type.ShouldBe(KeyType.Ecdsa);

        if (weDial)
        {
            // Our side of the handshake is done before js has judged our key: the connection may stand for a moment.
            await Should.ThrowAsync<IOException>(async () =>
            {
                await ecdsa.Host.Swarm.DialAsync(Multiaddr.Parse(js.Address), _deadline.Token);
                await ecdsa.Host.Ping.PingAsync(PeerId.Parse(js.PeerId), _deadline.Token);
            });
        }
        else
        {
            await Should.ThrowAsync<InvalidOperationException>(js.CallAsync("dial", new { address = ecdsa.Host.Addresses[0].ToString() }));
        }

        await InteropHost.UntilAsync(() => ecdsa.Host.Swarm.FindConnection(PeerId.Parse(js.PeerId)) is null, "js is gone", _deadline.Token);
        await InteropHost.UntilAsync(() => ecdsa.Host.Swarm.Store.FindRecord(other.Host.Id) is not null, "the other's record is verified", _deadline.Token);
        await InteropHost.UntilAsync(() => other.Host.Swarm.Store.FindRecord(ecdsa.Host.Id) is not null, "our record is verified", _deadline.Token);
        (await other.Host.Ping.PingAsync(ecdsa.Host.Id, _deadline.Token)).ShouldBeGreaterThan(TimeSpan.Zero);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var host in _hosts) await host.DisposeAsync();
        _deadline.Dispose();
    }

    private async Task CheckAsync(InteropHost ours, JsPeer js, bool weDial)
    {
        await ours.ConnectAsync(js, weDial, _deadline.Token);
        await ours.IdentifyAsync(js, _deadline.Token);
        await ours.PingAsync(js, _deadline.Token);
        await ours.GossipAsync([js], _deadline.Token);
    }

    private async Task<InteropHost> StartAsync(PeerIdentity identity)
    {
        var host = await InteropHost.StartAsync(identity, _deadline.Token);
        _hosts.Add(host);
        return host;
    }
}
