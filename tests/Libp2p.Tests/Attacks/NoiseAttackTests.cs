using System.Security.Cryptography;
using IppanFleet.Libp2p.Crypto;
using IppanFleet.Libp2p.Identity;
using IppanFleet.Libp2p.Security.Noise;

namespace IppanFleet.Libp2p.Tests.Attacks;

/// <summary>What Noise is without its checks; what it is with them stands in NoiseSecurityTests, NoiseHandshakeTests and NoiseChannelTests.</summary>
[Trait("area", "libp2p")]
[Trait("area", "attack")]
public sealed class NoiseAttackTests
{
    /// <summary>dotnet-libp2p 192: Mallory says to be Bob, in either role. The handshake itself goes through; only the signature tells, and who does not look at it takes Mallory for Bob.</summary>
    [Theory]
    [InlineData(true, 64)]
    [InlineData(true, 0)]
    [InlineData(false, 64)]
    [InlineData(false, 0)]
    public void IdentityOfAnother_WithoutTheSignatureCheck_IsBelieved(bool initiator, int signatureSize)
    {
        using var bob = PeerIdentity.Generate();
        using X25519PrivateKey own = X25519PrivateKey.Generate(), ownEphemeral = X25519PrivateKey.Generate(), victims = X25519PrivateKey.Generate(), victimsEphemeral = X25519PrivateKey.Generate();
        using var mallory = new NoiseHandshake(initiator, own, ownEphemeral, []);
        using var victim = new NoiseHandshake(!initiator, victims, victimsEphemeral, []);
        var claim = NoisePayload.Encode(bob.PublicKey, new byte[signatureSize], []);
        byte[] told = [];
        for (var i = 0; i < 3; i++)
        {
            var mallorys = initiator == (i % 2 == 0);
            var message = new byte[400];
            (mallorys ? mallory : victim).TryWrite(mallorys && i > 0 ? claim : [], message, out var size).ShouldBeTrue();
            var payload = new byte[size];
            (mallorys ? victim : mallory).Read(message.AsSpan(0, size), payload, out var plain).ShouldBe(NoiseFault.None);
            if (mallorys && i > 0) told = payload[..plain];
        }

        victim.Complete.ShouldBeTrue();
        NoisePayload.TryDecode(told, out var believed).ShouldBeTrue();
        PublicKey.TryFromProtobuf(believed.Key, out var key).ShouldBeTrue();
        key!.Id.ShouldBe(bob.Id, "with the defence off");
        key.Verify([.. NoisePayload.SignatureDomain, .. victim.RemoteStatic], believed.Signature).ShouldBeFalse("the check that tells");
    }

    /// <summary>RUSTSEC-2024-0011: one forged frame, then honest ones. A counter that moves before the tag was checked never opens anything again, and nothing says so.</summary>
    [Fact]
    public void ForgedFrame_LosesNothing_WhereACounterThatMovesEarlyLosesAll()
    {
        var key = new byte[32];
        using NoiseCipher send = new(key), receive = new(key);
        using var naive = new ChaCha20Poly1305(key);
        var naiveNonce = 0UL;
        var (opened, naivelyOpened) = (0, 0);
        for (var i = 0; i < 10; i++)
        {
            var frame = new byte[3 + NoiseCipher.TagSize];
            send.Encrypt("abc"u8, [], frame);
            if (i == 0) Open([.. frame[..^1], (byte)~frame[^1]]);
            Open(frame);
        }

        opened.ShouldBe(10);
        naivelyOpened.ShouldBe(0, "with the defence off");

        void Open(byte[] frame)
        {
            if (receive.TryDecrypt(frame, [], new byte[3])) opened++;
            var nonce = new byte[12];
            BitConverter.TryWriteBytes(nonce.AsSpan(4), naiveNonce++);
            try
            {
                naive.Decrypt(nonce, frame.AsSpan(0, 3), frame.AsSpan(3), new byte[3]);
                naivelyOpened++;
            }
            catch (AuthenticationTagMismatchException)
            {
                // What the naive side counts as opened is what did not get here.
            }
        }
    }
}
