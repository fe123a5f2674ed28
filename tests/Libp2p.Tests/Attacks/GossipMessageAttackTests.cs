using IppanFleet.Libp2p.Identity;
using IppanFleet.Libp2p.Multiformats;
using IppanFleet.Libp2p.Protocols.GossipSub;
using IppanFleet.Libp2p.Tests.GossipSub;
using static IppanFleet.Libp2p.Tests.GossipSub.TestRouter;

namespace IppanFleet.Libp2p.Tests.Attacks;

/// <summary>Messages that are forged, and genuine ones at the wrong time.</summary>
[Trait("area", "gossipsub")]
[Trait("area", "attack")]
public sealed class GossipMessageAttackTests
{
    /// <summary>pubsub 524: a genuine message that the seen cache has forgotten. The author's numbers still tell; with the author forgotten too, it circulates once more.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Replay_PastTheSeenCache_CirculatesOnlyWithTheDefenceOff(bool defended)
    {
        var router = new TestRouter(defended ? null : new GossipSubOptions { MaxAuthors = 1 });
        router.Router.Subscribe(Blocks, router.Now);
        var (mallory, victim) = (router.Add(1, topics: Blocks), router.Add(2, topics: Blocks));
        router.Accept(mallory, id: 7, author: 500).ShouldBeTrue();
        router.Accept(mallory, id: 8, author: 501).ShouldBeTrue();
        Take(victim).Messages.Count.ShouldBe(2);
        router.Heartbeats(121);

        var admission = router.Router.Admit(mallory, Id32(7), Peer(500).Bytes, 7, router.Topic(Blocks), router.Now, out _);
        if (admission == Admission.New) router.Accept(mallory, id: 7, author: 500).ShouldBeTrue();

        admission.ShouldBe(defended ? Admission.Replay : Admission.New);
        Take(victim).Messages.Count.ShouldBe(defended ? 0 : 1);
    }

    /// <summary>pubsub 120: a forgery in the author's name, with the id of the genuine message, comes first. Only what was verified may be remembered.</summary>
    [Fact]
    public async Task ForgedAuthor_ComesFirst_TheGenuineMessageStillArrives()
    {
        await using var shell = new GossipShell { Options = new GossipSubOptions { MessageIdFunction = static content => new MessageId(content.Data) } };
        await shell.JoinAsync();
        shell.Node.Subscribe(Blocks);
        var (genuine, forged) = Messages();

        await shell.Node.ReceiveAsync(shell.Peer, forged);
        shell.Received.ShouldBe(0);
        await shell.Node.ReceiveAsync(shell.Peer, genuine);

        shell.Received.ShouldBe(1);
    }

    /// <summary>The same two messages, and a node that remembers an id before it verifies: the victim is silenced.</summary>
    [Fact]
    public void ForgedAuthor_ComesFirst_SilencesTheVictimWhereIdsAreRememberedUnverified()
    {
        var seen = new SeenCache(TimeSpan.FromSeconds(120), 1000);
        var received = 0;
        var (genuine, forged) = Messages();

        Receive(forged);
        Receive(genuine);

        received.ShouldBe(0);

        void Receive(byte[] frame)
        {
            Varint.TryRead(frame.AsSpan(1), out _, out var prefix).ShouldBe(VarintFault.None);
            MessageEnvelope.TryRead(frame.AsSpan(1 + prefix), out var message).ShouldBeTrue();
            if (seen.TryAdd(new MessageId(message.Data), TimeSpan.Zero) && SignedMessage.Verify(message)) received++;
        }
    }

    private static (byte[] Genuine, byte[] Forged) Messages()
    {
        using var author = PeerIdentity.Generate();
        var genuine = SignedMessage.Sign(author, Blocks, 1, "truth"u8);
        var forged = genuine.ToArray();
        forged[^1] ^= 1;
        return (genuine, forged);
    }
}
