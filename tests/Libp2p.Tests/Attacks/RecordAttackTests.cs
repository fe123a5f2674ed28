using IppanFleet.Libp2p.Identity;
using IppanFleet.Libp2p.Multiformats;
using IppanFleet.Libp2p.Protobuf;
using IppanFleet.Libp2p.Swarm;

namespace IppanFleet.Libp2p.Tests.Attacks;

/// <summary>Signed records that are not what they seem.</summary>
[Trait("area", "libp2p")]
[Trait("area", "attack")]
public sealed class RecordAttackTests
{
    private const string Domain = "libp2p-peer-record";

    private static readonly PeerIdentity Mallory = PeerIdentity.FromSeed(new byte[32]);

    private static ReadOnlySpan<byte> RecordType => [0x03, 0x01];

    /// <summary>CVE-2023-40583: genuine records of other peers, handed over one after the other. A store that files them by their subject grows with each.</summary>
    [Fact]
    public void RecordsOfStrangers_AreNotKept_WhereTheNaiveStoreKeepsThemForEver()
    {
        const int Records = 300;
        var store = new PeerStore(new PeerStoreOptions(), TimeProvider.System);
        var naive = new Dictionary<PeerId, PeerRecord>();
        for (var i = 0; i < Records; i++)
        {
            using var stranger = PeerIdentity.Generate();
            var record = PeerRecord.Seal(stranger, 1, [Multiaddr.Parse("/ip4/1.2.3.4/tcp/5")]);
            store.Learn(Mallory.Id, Mallory.PublicKey, [], record);
            store.FindRecord(stranger.Id).ShouldBeNull();
            store.FindRecord(Mallory.Id).ShouldBeNull();
            if (PeerRecord.TryOpen(record, 64, out var opened)) naive[opened.Peer] = opened;
        }
        store.Count.ShouldBe(1);
        naive.Count.ShouldBe(Records, "with the defence off");
    }

    /// <summary>RUSTSEC-2022-0009: an envelope that Mallory signed, about Alice. The signature is right; who looks no further sends Alice's friends to Mallory.</summary>
    [Fact]
    public void EnvelopeOfAnotherKey_IsRefused_WhereTheSignatureAloneWouldPass()
    {
        using var alice = PeerIdentity.Generate();
        SignedEnvelope.TryOpen(PeerRecord.Seal(alice, 1, [Multiaddr.Parse("/ip4/6.6.6.6/tcp/666")]), Domain, RecordType, out _, out var payload).ShouldBeTrue();
        var forged = SignedEnvelope.Seal(Mallory, Domain, RecordType, payload);

        PeerRecord.TryOpen(forged, 64, out _).ShouldBeFalse();

        SignedEnvelope.TryOpen(forged, Domain, RecordType, out var signer, out var content).ShouldBeTrue("with the defence off: the signature is right");
        var reader = new ProtoReader(content);
        reader.TryReadField(out _, out _).ShouldBeTrue();
        reader.TryReadBytes(out var subject).ShouldBeTrue();
        subject.SequenceEqual(alice.Id.Bytes).ShouldBeTrue("and it would be Alice's address");
        signer!.Id.ShouldBe(Mallory.Id);
    }
}
