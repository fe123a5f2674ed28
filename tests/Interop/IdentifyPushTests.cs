using IppanFleet.Libp2p.Identity;
using IppanFleet.Libp2p.Multiformats;
using IppanFleet.Libp2p.Protocols.RequestResponse;

namespace IppanFleet.Interop;

/// <summary>What changes after the connection was made reaches the other side.</summary>
[Trait("area", "interop")]
public sealed class IdentifyPushTests
{
    private const string Protocol = "/late/1.0.0";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Push_FromJs_ReachesOurPeerStore(bool weDial)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await using var js = await JsPeer.StartAsync();
        await using var ours = await InteropHost.StartAsync(PeerIdentity.Generate(), deadline.Token);
        await ours.ConnectAsync(js, weDial, deadline.Token);
        await ours.IdentifyAsync(js, deadline.Token);
        var (store, peer) = (ours.Host.Swarm.Store, PeerId.Parse(js.PeerId));
        var before = store.FindRecord(peer)!.Value.Record;
        store.ProtocolsOf(peer).ShouldNotContain(Protocol);

        await js.CallAsync("handle", new { protocol = Protocol });
        await InteropHost.UntilAsync(() => store.ProtocolsOf(peer).Contains(Protocol), "the new protocol is known", deadline.Token);
        var listening = (await js.CallAsync("listen", new { address = "/ip4/127.0.0.1/tcp/0" }))!.AsArray().Select(a => WithoutPeer((string)a!)).ToArray();

        listening.Length.ShouldBe(2);
        await InteropHost.UntilAsync(() => listening.All(address => store.AddressesOf(peer).Contains(address)), "the new address is known", deadline.Token);
        await InteropHost.UntilAsync(() => listening.All(address => store.FindRecord(peer)!.Value.Record.Addresses.Contains(address)), "the newer record is verified", deadline.Token);
        store.FindRecord(peer)!.Value.Record.Sequence.ShouldBeGreaterThan(before.Sequence);
        ours.Host.Swarm.FindInfo(peer)!.ObservedAddress.ShouldNotBeNull("what a push leaves out is kept");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Push_FromUs_ReachesJs(bool weDial)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await using var js = await JsPeer.StartAsync();
        await using var ours = await InteropHost.StartAsync(PeerIdentity.Generate(), deadline.Token);
        await ours.ConnectAsync(js, weDial, deadline.Token);
        await ours.IdentifyAsync(js, deadline.Token);
        (await KnownAsync("protocols")).ShouldNotContain(Protocol);

        ours.Host.Add(new RequestResponseProtocol(ours.Host.Swarm, [Protocol], static (_, request, _) => new(request)));
        await ours.Host.Swarm.ListenAsync(Multiaddr.Parse("/ip4/127.0.0.1/tcp/0"), deadline.Token);

        ours.Host.Swarm.ListenAddresses.Count.ShouldBe(2);
        while (!(await KnownAsync("protocols")).Contains(Protocol)) await Task.Delay(50, deadline.Token);
        foreach (var address in ours.Host.Swarm.ListenAddresses)
        {
            while (!(await KnownAsync("addresses")).Contains(address.ToString())) await Task.Delay(50, deadline.Token);
        }

        async Task<IEnumerable<string>> KnownAsync(string what) => (await js.CallAsync("known", new { peerId = ours.Host.Id.ToString() }))![what]!.AsArray().Select(p => (string)p!);
    }

    private static Multiaddr WithoutPeer(string address) => Multiaddr.Parse(address).WithoutPeer();
}
