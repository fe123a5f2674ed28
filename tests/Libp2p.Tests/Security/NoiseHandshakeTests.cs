using IppanFleet.Libp2p.Crypto;
using IppanFleet.Libp2p.Security.Noise;

namespace IppanFleet.Libp2p.Tests.Security;

[Trait("area", "libp2p")]
public sealed class NoiseHandshakeTests
{
    /// <summary>One run of the cacophony vectors, so that something is compared on every machine.</summary>
    [Fact]
    public void Handshake_KnownKeys_MakesTheKnownFirstMessage()
    {
        using var key = X25519PrivateKey.FromBytes(Convert.FromHexString("e61ef9919cde45dd5f82166404bd08e38bceb5dfdfded0a34c8df7ed542214d1"));
        using var ephemeral = X25519PrivateKey.FromBytes(Convert.FromHexString("893e28b9dc6ca8d611ab664754b8ceb7bac5117349a4439a6b0569da977c464a"));
        using var handshake = new NoiseHandshake(initiator: true, key, ephemeral, "John Galt"u8);
        var message = new byte[48];
        handshake.TryWrite("Ludwig von Mises"u8, message, out var size).ShouldBeTrue();
        Convert.ToHexStringLower(message.AsSpan(0, size)).ShouldBe("ca35def5ae56cec33dc2036731ab14896bc4c75dbb07a61f879f8e3afa4c79444c756477696720766f6e204d69736573");
    }

    [Fact]
    public void Handshake_Vectors_AgreeWithTransportMessages()
    {
        foreach (var vector in VectorFiles.Load("noise-xx.json").GetProperty("vectors").EnumerateArray())
        {
            using var pair = new Pair(vector.Hex("init_static"), vector.Hex("init_ephemeral"), vector.Hex("resp_static"), vector.Hex("resp_ephemeral"), vector.Hex("init_prologue"), vector.Hex("resp_prologue"));
            var messages = vector.GetProperty("messages").EnumerateArray().Select(m => (Payload: m.Hex("payload"), Ciphertext: m.Hex("ciphertext"))).ToArray();
            for (var i = 0; i < 3; i++)
            {
                pair.Write(i, messages[i].Payload).ShouldBe(messages[i].Ciphertext);
                pair.Read(i, messages[i].Ciphertext, out var payload).ShouldBe(NoiseFault.None);
                payload.ShouldBe(messages[i].Payload);
            }
            var (initiator, responder) = (pair.Initiator.Split(), pair.Responder.Split());
            for (var i = 3; i < messages.Length; i++)
            {
                var (send, receive) = i % 2 == 0 ? (initiator.Send, responder.Receive) : (responder.Send, initiator.Receive);
                var output = new byte[messages[i].Ciphertext.Length];
                send.Encrypt(messages[i].Payload, [], output);
                output.ShouldBe(messages[i].Ciphertext);
                var plain = new byte[messages[i].Payload.Length];
                receive.TryDecrypt(output, [], plain).ShouldBeTrue();
                plain.ShouldBe(messages[i].Payload);
            }
            foreach (var cipher in new[] { initiator.Send, initiator.Receive, responder.Send, responder.Receive }) cipher.Dispose();
        }
    }

    /// <summary>Byte by byte: whatever is changed on the way, the handshake does not complete at both ends with the same keys.</summary>
    [Theory]
    [Trait("area", "attack")]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Handshake_AnyByteFlipped_Fails(int tampered)
    {
        var length = Lengths[tampered];
        for (var at = 0; at < length; at++)
        {
            using var pair = Pair.Random();
            var failed = false;
            for (var i = 0; i < 3 && !failed; i++)
            {
                var message = pair.Write(i, "payload"u8.ToArray());
                message.Length.ShouldBe(Lengths[i]);
                if (i == tampered) message[at] ^= (byte)(1 << (at % 8));
                failed = pair.Read(i, message, out _) != NoiseFault.None;
            }
            failed.ShouldBeTrue($"message {tampered}, byte {at}");
        }
    }

    [Fact]
    [Trait("area", "attack")]
    public void Handshake_AnyMessageCut_Fails()
    {
        for (var cut = 0; cut < 3; cut++)
        {
            for (var length = 0; length < Lengths[cut]; length++)
            {
                using var pair = Pair.Random();
                for (var i = 0; i < cut; i++) pair.Read(i, pair.Write(i, "payload"u8.ToArray()), out _).ShouldBe(NoiseFault.None);
                var fault = pair.Read(cut, pair.Write(cut, "payload"u8.ToArray())[..length], out _);
                // The first message has no tag: cut inside its payload it is still a message, and the second then fails.
                if (cut == 0 && length >= 32) fault.ShouldBe(NoiseFault.None);
                else fault.ShouldBeOneOf(NoiseFault.TooShort, NoiseFault.WrongTag);
            }
        }
    }

    [Theory]
    [Trait("area", "attack")]
    [InlineData(true)]
    [InlineData(false)]
    public void Handshake_EphemeralKeyOfSmallOrder_IsRefused(bool toInitiator)
    {
        using var pair = Pair.Random();
        if (toInitiator)
        {
            pair.Write(0, []);
            pair.Read(1, new byte[200], out _, initiatorReads: true).ShouldBe(NoiseFault.SmallOrderKey);
            return;
        }
        pair.Read(0, new byte[32], out _).ShouldBe(NoiseFault.None);
        pair.Responder.TryWrite([], new byte[200], out _).ShouldBeFalse();
    }

    [Fact]
    public void Handshake_OtherPrologue_Fails()
    {
        using var other = Pair.Random([1], [2]);
        other.Read(0, other.Write(0, []), out _).ShouldBe(NoiseFault.None);
        other.Read(1, other.Write(1, []), out _).ShouldBe(NoiseFault.WrongTag);
    }

    [Fact]
    public void Ciphers_AfterSplit_AreOneADirection()
    {
        using var pair = Pair.Random();
        for (var i = 0; i < 3; i++) pair.Read(i, pair.Write(i, []), out _).ShouldBe(NoiseFault.None);
        pair.Initiator.Complete.ShouldBeTrue();
        pair.Responder.Complete.ShouldBeTrue();
        var (send, back) = pair.Initiator.Split();
        var (_, receive) = pair.Responder.Split();
        var sealedText = new byte[5 + NoiseCipher.TagSize];
        send.Encrypt("hello"u8, [], sealedText);
        back.TryDecrypt(sealedText, [], new byte[5]).ShouldBeFalse("our own direction's key does not open it");
        receive.TryDecrypt(sealedText, [], new byte[5]).ShouldBeTrue();
    }

    /// <summary>RUSTSEC-2024-0011: the counter moves only when a tag was right.</summary>
    [Fact]
    [Trait("area", "attack")]
    public void TryDecrypt_WrongTag_LeavesTheNonceAlone()
    {
        var key = new byte[32];
        using NoiseCipher send = new(key), receive = new(key);
        var first = new byte[3 + NoiseCipher.TagSize];
        send.Encrypt("abc"u8, [], first);
        var forged = first.ToArray();
        forged[0] ^= 1;
        for (var i = 0; i < 5; i++) receive.TryDecrypt(forged, [], new byte[3]).ShouldBeFalse();
        receive.TryDecrypt(first.AsSpan(0, 10), [], []).ShouldBeFalse();
        receive.TryDecrypt(first, [], new byte[3]).ShouldBeTrue("the frame that was meant is still the next");
        receive.TryDecrypt(first, [], new byte[3]).ShouldBeFalse("and opens once only");
    }

    /// <summary>The cipher that seals frames, with the nonces of the vectors in place of its counter.</summary>
    [Fact]
    public void Cipher_Wycheproof_Agrees()
    {
        var tests = 0;
        foreach (var (group, test) in VectorFiles.Load("chacha20poly1305.json").Wycheproof())
        {
            if (group.GetProperty("ivSize").GetInt32() != 96) continue;
            using var cipher = new NoiseCipher(test.Hex("key"));
            byte[] frame = [.. test.Hex("ct"), .. test.Hex("tag")];
            var plain = new byte[frame.Length - NoiseCipher.TagSize];
            var valid = test.Text("result") == "valid";
            cipher.TryOpen(test.Hex("iv"), frame, test.Hex("aad"), plain).ShouldBe(valid, $"test {test.GetProperty("tcId")}");
            tests++;
            if (!valid) continue;
            plain.ShouldBe(test.Hex("msg"));
            var sealedAgain = new byte[frame.Length];
            cipher.Seal(test.Hex("iv"), plain, test.Hex("aad"), sealedAgain);
            sealedAgain.ShouldBe(frame);
        }
        tests.ShouldBeGreaterThan(100);
    }

    /// <summary>RFC 8439 §2.8.2, so that something is compared on every machine.</summary>
    [Fact]
    public void Cipher_Rfc8439_Agrees()
    {
        using var cipher = new NoiseCipher(Convert.FromHexString("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f"));
        var plain = "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it."u8;
        var output = new byte[plain.Length + NoiseCipher.TagSize];
        byte[] nonce = Convert.FromHexString("070000004041424344454647"), associated = Convert.FromHexString("50515253c0c1c2c3c4c5c6c7");
        cipher.Seal(nonce, plain, associated, output);
        Convert.ToHexStringLower(output).ShouldStartWith("d31a8d34648e60db7b86afbc53ef7ec2");
        Convert.ToHexStringLower(output).ShouldEndWith("1ae10b594f09e26a7e902ecbd0600691");
        cipher.TryOpen(nonce, output, associated, new byte[plain.Length]).ShouldBeTrue();
        output[^1] ^= 1;
        cipher.TryOpen(nonce, output, associated, new byte[plain.Length]).ShouldBeFalse();
    }

    private static readonly int[] Lengths = [32 + 7, 32 + 48 + 7 + 16, 48 + 7 + 16];

    private sealed class Pair : IDisposable
    {
        private readonly X25519PrivateKey[] _keys;

        internal Pair(byte[] initStatic, byte[] initEphemeral, byte[] respStatic, byte[] respEphemeral, byte[] initPrologue, byte[] respPrologue)
        {
            _keys = [.. new[] { initStatic, initEphemeral, respStatic, respEphemeral }.Select(k => X25519PrivateKey.FromBytes(k))];
            Initiator = new NoiseHandshake(initiator: true, _keys[0], _keys[1], initPrologue);
            Responder = new NoiseHandshake(initiator: false, _keys[2], _keys[3], respPrologue);
        }

        internal NoiseHandshake Initiator { get; }

        internal NoiseHandshake Responder { get; }

        internal static Pair Random(byte[]? initPrologue = null, byte[]? respPrologue = null)
        {
            byte[] Key() => System.Security.Cryptography.RandomNumberGenerator.GetBytes(32);
            return new Pair(Key(), Key(), Key(), Key(), initPrologue ?? [], respPrologue ?? []);
        }

        internal byte[] Write(int index, byte[] payload)
        {
            var output = new byte[payload.Length + 128];
            (index % 2 == 0 ? Initiator : Responder).TryWrite(payload, output, out var size).ShouldBeTrue();
            return output[..size];
        }

        internal NoiseFault Read(int index, byte[] message, out byte[] payload, bool initiatorReads = false)
        {
            payload = new byte[message.Length];
            var fault = (index % 2 == 1 || initiatorReads ? Initiator : Responder).Read(message, payload, out var size);
            payload = payload[..size];
            return fault;
        }

        public void Dispose()
        {
            Initiator.Dispose();
            Responder.Dispose();
            foreach (var key in _keys) key.Dispose();
        }
    }
}
