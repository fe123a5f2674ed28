using System.Buffers;
using IppanFleet.Libp2p.Identity;
using IppanFleet.Libp2p.Multiformats;
using IppanFleet.Libp2p.Protobuf;
using IppanFleet.Libp2p.Protocols.GossipSub;

namespace IppanFleet.Libp2p.Tests.GossipSub;

[Trait("area", "gossipsub")]
public sealed class SignedMessageTests
{
    private static readonly PeerIdentity Author = PeerIdentity.FromSeed(new byte[32]);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1024)]
    [InlineData(5000)]
    [InlineData(512 * 1024)]
    public void Signed_AnySize_Verifies(int size)
    {
        var data = new byte[size];
        new Random(size).NextBytes(data);
        var message = Message(SignedMessage.Sign(Author, TestRouter.Blocks, 0x0102030405060708, data));
        MessageEnvelope.TryRead(message, out var envelope).ShouldBeTrue();
        SignedMessage.IsComplete(envelope).ShouldBeTrue();
        SignedMessage.Verify(envelope).ShouldBeTrue();
        envelope.Data.SequenceEqual(data).ShouldBeTrue();
        message.AsSpan(envelope.DataOffset, size).SequenceEqual(data).ShouldBeTrue();
        envelope.Sequence.ToArray().ShouldBe([1, 2, 3, 4, 5, 6, 7, 8]);
        envelope.From.SequenceEqual(Author.Id.Bytes).ShouldBeTrue();
        envelope.Topic.SequenceEqual("blocks"u8).ShouldBeTrue();
    }

    [Fact]
    public void Signed_WithAnyByteChanged_IsNoValidMessage()
    {
        var message = Message(SignedMessage.Sign(Author, TestRouter.Blocks, 7, "data"u8));
        for (var i = 0; i < message.Length; i++)
        {
            for (var bit = 0; bit < 8; bit += 3)
            {
                var changed = message.ToArray();
                changed[i] ^= (byte)(1 << bit);
                var valid = MessageEnvelope.TryRead(changed, out var envelope) && SignedMessage.IsComplete(envelope) && SignedMessage.Verify(envelope);
                valid.ShouldBeFalse($"byte {i}, bit {bit}");
            }
        }
    }

    [Fact]
    public void Signature_CoversUnknownFields()
    {
        var output = new ArrayBufferWriter<byte>();
        var writer = new ProtoWriter(output);
        writer.WriteBytes(RpcFields.MessageFrom, Author.Id.Bytes);
        writer.WriteBytes(RpcFields.MessageData, "data"u8);
        writer.WriteBytes(RpcFields.MessageSequence, new byte[8]);
        writer.WriteBytes(RpcFields.MessageTopic, "blocks"u8);
        writer.WriteBytes(99, "unknown"u8);
        var signature = Author.Sign([.. "libp2p-pubsub:"u8, .. output.WrittenSpan]);
        writer.WriteBytes(RpcFields.MessageSignature, signature);
        var message = output.WrittenSpan.ToArray();
        MessageEnvelope.TryRead(message, out var envelope).ShouldBeTrue();
        SignedMessage.Verify(envelope).ShouldBeTrue();
        message[message.AsSpan().IndexOf("unknown"u8)] ^= 1;
        MessageEnvelope.TryRead(message, out envelope).ShouldBeTrue();
        SignedMessage.Verify(envelope).ShouldBeFalse();
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public void KeyField_MustBeTheAuthorsAndIsNotSigned(bool own, bool keyBeforeSignature)
    {
        using var other = PeerIdentity.Generate();
        var key = (own ? Author : other).PublicKey.Protobuf;
        var output = new ArrayBufferWriter<byte>();
        var writer = new ProtoWriter(output);
        writer.WriteBytes(RpcFields.MessageFrom, Author.Id.Bytes);
        writer.WriteBytes(RpcFields.MessageSequence, new byte[8]);
        writer.WriteBytes(RpcFields.MessageTopic, "blocks"u8);
        var signature = Author.Sign([.. "libp2p-pubsub:"u8, .. output.WrittenSpan]);
        if (keyBeforeSignature) writer.WriteBytes(RpcFields.MessageKey, key);
        writer.WriteBytes(RpcFields.MessageSignature, signature);
        if (!keyBeforeSignature) writer.WriteBytes(RpcFields.MessageKey, key);
        MessageEnvelope.TryRead(output.WrittenSpan, out var envelope).ShouldBeTrue();
        (SignedMessage.IsComplete(envelope) && SignedMessage.Verify(envelope)).ShouldBe(own);
    }

    /// <summary>A key that the author's id does not carry has to come along; one that it carries need not, and may not be another.</summary>
    [Theory]
    [InlineData(KeyType.Rsa, true)]
    [InlineData(KeyType.Ecdsa, true)]
    [InlineData(KeyType.Secp256k1, false)]
    public void Signed_ByAnotherTypeOfKey_Verifies(KeyType type, bool needsKey)
    {
        using PeerIdentity author = PeerIdentity.Generate(type), other = PeerIdentity.Generate(type);
        var message = Message(SignedMessage.Sign(author, TestRouter.Blocks, 7, "data"u8));
        MessageEnvelope.TryRead(message, out var envelope).ShouldBeTrue();
        SignedMessage.IsComplete(envelope).ShouldBeTrue();
        SignedMessage.Verify(envelope).ShouldBeTrue();
        envelope.Key.IsEmpty.ShouldBe(!needsKey);
        envelope.Data.SequenceEqual("data"u8).ShouldBeTrue();

        var body = needsKey ? message[..envelope.KeyStart] : message;
        Judge(body).ShouldBe(!needsKey, "without the key");
        Judge(With(body, author.PublicKey)).ShouldBeTrue("with the key");
        Judge(With(body, other.PublicKey)).ShouldBeFalse("with another's key");
        Judge(With(body, Author.PublicKey)).ShouldBeFalse("with a key of another type");
        for (var i = 0; i < message.Length; i++)
        {
            message[i] ^= 1;
            Judge(message).ShouldBeFalse($"byte {i}");
            message[i] ^= 1;
        }

        static bool Judge(byte[] message) => MessageEnvelope.TryRead(message, out var read) && SignedMessage.IsComplete(read) && SignedMessage.Verify(read);
    }

    [Fact]
    public void Signed_ByALargeKey_VerifiesWithLargeData()
    {
        using var author = PeerIdentity.Generate(KeyType.Rsa, 8192);
        var message = Message(SignedMessage.Sign(author, TestRouter.Blocks, 7, new byte[512 * 1024]));
        MessageEnvelope.TryRead(message, out var envelope).ShouldBeTrue();
        SignedMessage.Verify(envelope).ShouldBeTrue();
    }

    [Fact]
    public void Field_ThatAppearsTwice_IsRefused()
    {
        var message = Message(SignedMessage.Sign(Author, TestRouter.Blocks, 7, "data"u8));
        var output = new ArrayBufferWriter<byte>();
        output.Write(message);
        new ProtoWriter(output).WriteBytes(RpcFields.MessageData, "other"u8);
        MessageEnvelope.TryRead(output.WrittenSpan, out _).ShouldBeFalse();
    }

    [Fact]
    public void DefaultId_IsAuthorThenSequenceNumber()
    {
        var id = MessageIds.FromAuthorAndSequenceNumber(new MessageContent { From = Author.Id.Bytes, SequenceNumber = [1, 2, 3, 4, 5, 6, 7, 8], Topic = "t"u8, Data = "d"u8 });
        id.ToString().ShouldBe(Convert.ToHexStringLower(Author.Id.Bytes) + "0102030405060708");
    }

    private static byte[] With(byte[] body, PublicKey key)
    {
        var output = new ArrayBufferWriter<byte>();
        output.Write(body);
        new ProtoWriter(output).WriteBytes(RpcFields.MessageKey, key.Protobuf);
        return output.WrittenSpan.ToArray();
    }

    private static byte[] Message(byte[] frame)
    {
        Varint.TryRead(frame.AsSpan(1), out var length, out var prefix).ShouldBe(VarintFault.None);
        ((int)length).ShouldBe(frame.Length - 1 - prefix);
        return frame[(1 + prefix)..];
    }
}
