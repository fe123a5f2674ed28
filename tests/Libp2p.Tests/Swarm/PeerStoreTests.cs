using IppanFleet.Libp2p.Identity;
using IppanFleet.Libp2p.Multiformats;
using IppanFleet.Libp2p.Swarm;

namespace IppanFleet.Libp2p.Tests.Swarm;

[Trait("area", "libp2p")]
public sealed class PeerStoreTests
{
    private readonly FakeTime _time = new();
    private readonly PeerIdentity _peer = PeerIdentity.Generate();

    [Fact]
    public void Addresses_ExpireByTheirSource_AndTheBetterSourceWins()
    {
        var store = new PeerStore(new PeerStoreOptions(), _time);
        store.AddAddresses(_peer.Id, [At(1), At(2)], AddressSource.Hearsay);
        store.AddAddresses(_peer.Id, [At(2).WithPeer(_peer.Id), At(3)], AddressSource.Identify);
        store.AddAddresses(_peer.Id, [At(4)], AddressSource.Configured);
        store.AddAddresses(_peer.Id, [At(4)], AddressSource.Hearsay);

        store.AddressesOf(_peer.Id).ShouldBe([At(1), At(2), At(3), At(4)]);
        _time.Advance(TimeSpan.FromMinutes(10));
        store.AddressesOf(_peer.Id).ShouldBe([At(2), At(3), At(4)]);
        _time.Advance(TimeSpan.FromMinutes(51));
        store.AddressesOf(_peer.Id).ShouldBe([At(4)]);
    }

    [Fact]
    [Trait("area", "attack")]
    public void Stuffing_PeersAndAddresses_IsBounded_AndDoesNotDisplaceBetterOnes()
    {
        var store = new PeerStore(new PeerStoreOptions { MaxPeers = 10, MaxAddressesPerPeer = 5, MaxRecordSize = 100 }, _time);
        store.AddAddresses(_peer.Id, [At(1)], AddressSource.Configured);
        store.AddAddresses(_peer.Id, [.. Enumerable.Range(2, 500).Select(At)], AddressSource.Hearsay);
        store.AddressesOf(_peer.Id).Count.ShouldBe(5);
        store.AddressesOf(_peer.Id).ShouldContain(At(1));

        for (var i = 0; i < 50; i++)
        {
            using var other = PeerIdentity.Generate();
            store.AddAddresses(other.Id, [At(1)], AddressSource.Hearsay);
            store.AddAddresses(_peer.Id, [], AddressSource.Hearsay);
        }

        store.Count.ShouldBe(10);
        store.AddressesOf(_peer.Id).ShouldNotBeEmpty("it was touched last");
    }

    [Fact]
    public void Record_RoundTrips_AndItsSequenceMustGrow()
    {
        var store = new PeerStore(new PeerStoreOptions(), _time);
        store.FindRecord(_peer.Id).ShouldBeNull();
        Offer(store, PeerRecord.Seal(_peer, 5, [At(1)]));
        store.FindRecord(_peer.Id)!.Value.Record.Addresses.ShouldBe([At(1)]);
        Offer(store, PeerRecord.Seal(_peer, 5, [At(2)]));
        Offer(store, PeerRecord.Seal(_peer, 4, [At(2)]));
        store.FindRecord(_peer.Id)!.Value.Record.Addresses.ShouldBe([At(1)]);
        Offer(store, PeerRecord.Seal(_peer, 6, [At(3)]));
        store.FindRecord(_peer.Id)!.Value.Record.ShouldSatisfyAllConditions(r => r.Sequence.ShouldBe(6UL), r => r.Addresses.ShouldBe([At(3)]));
        store.KeyOf(_peer.Id)!.Id.ShouldBe(_peer.Id);
    }

    [Fact]
    [Trait("area", "attack")]
    public void Record_OfAnotherPeer_IsNotKept()
    {
        using var another = PeerIdentity.Generate();
        var store = new PeerStore(new PeerStoreOptions(), _time);
        Offer(store, PeerRecord.Seal(another, 1, [At(1)]));
        store.FindRecord(_peer.Id).ShouldBeNull();
        store.FindRecord(another.Id).ShouldBeNull();
    }

    [Fact]
    [Trait("area", "attack")]
    public void Record_AnyFlippedByte_IsRefusedOrUnchanged()
    {
        var envelope = PeerRecord.Seal(_peer, 7, [At(1), At(2)]);
        PeerRecord.TryOpen(envelope, 64, out var genuine).ShouldBeTrue();
        for (var i = 0; i < envelope.Length; i++)
        {
            var forged = envelope.ToArray();
            forged[i] ^= 0x41;
            PeerRecord.TryOpen(forged, 64, out _).ShouldBeFalse($"byte {i}");
            PeerRecord.TryOpen(envelope.AsSpan(0, i), 64, out _).ShouldBeFalse($"cut at {i}");
        }
        genuine!.Peer.ShouldBe(_peer.Id);
        PeerRecord.TryOpen(envelope, 1, out var cut).ShouldBeTrue();
        cut!.Addresses.Count.ShouldBe(1);
    }

    [Fact]
    [Trait("area", "attack")]
    public void Record_SignedByAnotherThanItsSubject_IsRefused()
    {
        using var another = PeerIdentity.Generate();
        var payload = new byte[] { 0x0a, (byte)_peer.Id.Bytes.Length };
        var forged = SignedEnvelope.Seal(another, "libp2p-peer-record", [0x03, 0x01], [.. payload, .. _peer.Id.Bytes, 0x10, 1]);
        PeerRecord.TryOpen(forged, 64, out _).ShouldBeFalse();
        var genuine = SignedEnvelope.Seal(_peer, "libp2p-peer-record", [0x03, 0x01], [.. payload, .. _peer.Id.Bytes, 0x10, 1]);
        PeerRecord.TryOpen(genuine, 64, out _).ShouldBeTrue();
        PeerRecord.TryOpen(SignedEnvelope.Seal(_peer, "another domain", [0x03, 0x01], [.. payload, .. _peer.Id.Bytes, 0x10, 1]), 64, out _).ShouldBeFalse();
        PeerRecord.TryOpen(SignedEnvelope.Seal(_peer, "libp2p-peer-record", [0x03, 0x02], [.. payload, .. _peer.Id.Bytes, 0x10, 1]), 64, out _).ShouldBeFalse();
    }

    [Theory]
    [Trait("area", "attack")]
    [InlineData(1, 100, false)]
    [InlineData(3, 100, false)]
    [InlineData(4, 1, true)]
    public void ObservedAddress_IsBelievedOnlyByFourNetworks(int networks, int peersOfEach, bool believed)
    {
        var observed = new ObservedAddresses(needed: 4, TimeSpan.FromMinutes(40));
        for (var n = 0; n < networks; n++)
        {
            for (var p = 0; p < peersOfEach; p++)
            {
                using var peer = PeerIdentity.Generate();
                observed.Report(At(1), peer.Id, Network(n), _time.GetUtcNow());
            }
        }
        observed.Active(_time.GetUtcNow()).Count.ShouldBe(believed ? 1 : 0);
        _time.Advance(TimeSpan.FromMinutes(41));
        observed.Active(_time.GetUtcNow()).ShouldBeEmpty();
        observed.CandidateCount.ShouldBe(0);
    }

    [Fact]
    [Trait("area", "attack")]
    public void ObservedAddress_OnePeerFromManyNetworks_CountsOnce_AndCandidatesAreBounded()
    {
        var observed = new ObservedAddresses(needed: 4, TimeSpan.FromMinutes(40));
        for (var n = 0; n < 10; n++) observed.Report(At(1), _peer.Id, Network(n), _time.GetUtcNow());
        observed.Active(_time.GetUtcNow()).ShouldBeEmpty();
        for (var port = 1; port < 1000; port++) observed.Report(At(port), _peer.Id, Network(1), _time.GetUtcNow());
        observed.CandidateCount.ShouldBeLessThanOrEqualTo(64);
    }

    private static Multiaddr At(int port) => Multiaddr.Parse($"/ip4/8.8.8.8/tcp/{port}");

    private static IpPrefix Network(int n) => IpGroup.Of(Multiaddr.Parse($"/ip4/9.9.{n}.1/tcp/1"), loopback: false).Subnet;

    private void Offer(PeerStore store, byte[] envelope) => store.Learn(_peer.Id, _peer.PublicKey, [], envelope);
}
