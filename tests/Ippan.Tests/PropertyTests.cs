using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace IppanFleet.Ippan.Tests;

public sealed class PropertyTests
{
    private static readonly byte[][] Texts =
    [
        .. new[] { "valid", "invalid" }.SelectMany(list => VectorFile.Transactions.GetProperty(list).EnumerateArray()).Select(entry => Encoding.UTF8.GetBytes($$"""{"Transaction":{{entry.Text("json")}}}""")),
        .. new[] { "valid", "invalid" }.SelectMany(list => VectorFile.Blocks.GetProperty(list).EnumerateArray()).Select(entry => Encoding.UTF8.GetBytes($$"""{"Block":{{entry.Text("json")}}}""")),
        .. VectorFile.Messages.GetProperty("messages").EnumerateArray().Select(entry => Encoding.UTF8.GetBytes(entry.Text("json"))),
    ];

    private static readonly byte[][] Pieces =
    [
        .. new[] { "null", "-0", "1e9", "\"\"", "\"\\ud800\"", "[", "]", "{", "}", ",", ":", "[[[[", "{}", "[]", "\\", "\"", "\uFEFF", "99999999999999999999999999999999999999999", "\"kind\":\"register\",", " " }
            .Select(Encoding.UTF8.GetBytes),
        [0xff],
        [0],
    ];

    private static readonly Gen<string> AnyText = ArbMap.Default.GeneratorFor<string?>().Select(text => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text ?? "")));

    private static readonly Gen<Hash32> AnyHash = ArbMap.Default.GeneratorFor<byte>().ArrayOf(32).Select(bytes => new Hash32(bytes));

    private static readonly Gen<ValueList<byte>> AnyBytes = ArbMap.Default.GeneratorFor<byte[]?>().Select(bytes => ValueList.Create<byte>(bytes));

    private static readonly Gen<ulong> AnyNumber = ArbMap.Default.GeneratorFor<byte>().ArrayOf(8).Select(bytes => BitConverter.ToUInt64(bytes));

    private static readonly Gen<TextMap> AnyMap =
        from keys in AnyText.ArrayOf()
        from values in AnyText.ArrayOf(keys.Length)
        select TextMap.Create([.. keys.Zip(values, (key, value) => new TextEntry(key, value))]);

    private static readonly Gen<Transaction> AnyTransaction =
        from hashes in AnyHash.ArrayOf(5)
        from numbers in AnyNumber.ArrayOf(6)
        from lists in AnyBytes.ArrayOf(3)
        from texts in AnyText.ArrayOf(5)
        from topics in AnyText.ArrayOf()
        from maps in AnyMap.ArrayOf(2)
        from signature in ArbMap.Default.GeneratorFor<byte>().ArrayOf(64)
        from parts in Gen.Choose(0, 31)
        select new Transaction
        {
            Id = hashes[0],
            From = hashes[1],
            To = hashes[2],
            Amount = new UInt128(numbers[0], numbers[1]),
            Nonce = numbers[2],
            HashTimer = new HashTimer { TimestampUs = unchecked((long)numbers[3]), Entropy = hashes[3], Signature = lists[0], PublicKey = lists[1] },
            TimestampUs = numbers[4],
            Visibility = (TransactionVisibility)(parts & 1),
            Topics = ValueList.Create<string>(topics),
            HandleOperation = (parts & 2) == 0 ? null : new HandleRegistration { Handle = texts[0], Owner = hashes[4], Metadata = maps[0], ExpiresAt = (parts & 4) == 0 ? null : numbers[5], Signature = lists[2] },
            Confidential = (parts & 8) == 0 ? null : new ConfidentialEnvelope { Algorithm = texts[0], Iv = texts[1], Ciphertext = texts[2], AccessKeys = [new AccessKey(texts[3], texts[4])] },
            Proof = (parts & 16) == 0 ? null : new StarkProof { Proof = texts[1], PublicInputs = maps[1] },
            Signature = ValueList.Create<byte>(signature),
        };

    [Fact]
    public void Transaction_EncodedAndDecoded_IsTheSame() => Holds(AnyTransaction, transaction =>
        Transaction.TryDecode(transaction.Encode(), out var decoded, out _) && decoded == transaction && decoded.Encode().AsSpan().SequenceEqual(transaction.Encode()));

    [Fact]
    public void Transaction_Encoded_IsReadAlikeByAnotherJsonReader() => Holds(AnyTransaction, transaction =>
    {
        using var document = System.Text.Json.JsonDocument.Parse(transaction.Encode());
        return document.RootElement.GetProperty("amount").GetRawText() == transaction.Amount.ToString()
            && (transaction.Proof is null || document.RootElement.GetProperty("zk_proof").GetProperty("proof").GetString() == transaction.Proof.Proof)
            && (transaction.Topics.IsEmpty || document.RootElement.GetProperty("topics").EnumerateArray().Select(topic => topic.GetString()).SequenceEqual(transaction.Topics, StringComparer.Ordinal));
    });

    [Fact]
    public void Block_EncodedAndDecoded_IsTheSame() => Holds(
        from transactions in AnyTransaction.ArrayOf()
        from parents in AnyHash.ArrayOf()
        from creator in AnyHash
        from numbers in AnyNumber.ArrayOf(2)
        from lists in AnyBytes.ArrayOf(2)
        from texts in AnyText.ArrayOf()
        select Block.CreateUnsigned(creator, numbers[0], ValueList.Create<Hash32>(parents), ValueList.Create<Transaction>(transactions), numbers[1]) is var block
            ? block with
            {
                Signature = lists[0],
                Header = block.Header with { VrfProof = lists[1], ValidatorSignatures = ValueList.Create<string>(texts), StateRoot = texts.FirstOrDefault() },
            }
            : null!,
        block => Block.TryDecode(block.Encode(), out var decoded, out _) && decoded == block);

    [Fact]
    public void MutatedText_Decoded_NeverThrowsAndRoundTripsWhatItAccepts() => Holds(
        from text in Gen.Elements(Texts)
        from changes in Gen.Choose(1, 3)
        from places in Gen.Choose(0, int.MaxValue - 1).ArrayOf(changes)
        from pieces in Gen.Choose(0, Pieces.Length - 1).ArrayOf(changes)
        from cuts in Gen.Choose(0, 12).ArrayOf(changes)
        select Mutate(text, places, pieces, cuts),
        text =>
        {
            if (!NetworkMessage.TryDecode(text, out var message, out var error)) return error.Length is > 0 and < 500;
            var encoded = message.Encode();
            Validate(message);
            return NetworkMessage.TryDecode(encoded, out var again, out _) && again == message && again.Encode().AsSpan().SequenceEqual(encoded);
        });

    [Fact]
    public void RandomBytes_Decoded_NeverThrow() => Holds(
        ArbMap.Default.GeneratorFor<byte[]>(),
        bytes => !NetworkMessage.TryDecode(bytes, out _, out _) && !Block.TryDecode(bytes, out _, out _) && !TransactionWire.TryDecode(bytes, out _, out _));

    [Fact]
    public void EveryPrefix_OfAText_IsRefused()
    {
        foreach (var text in Texts.Where(text => text.Length < 3000))
        {
            for (var length = 0; length < text.Length; length++) NetworkMessage.TryDecode(text.AsSpan(0, length), out _, out _).ShouldBeFalse();
        }
    }

    private static void Validate(NetworkMessage message)
    {
        if (message is NetworkMessage.BlockMessage block) block.Block.Validate(Samples.TimeUs);
        if (message is NetworkMessage.TransactionMessage transaction) transaction.Transaction.Validate(Samples.TimeUs);
    }

    private static byte[] Mutate(byte[] text, int[] places, int[] pieces, int[] cuts)
    {
        for (var i = 0; i < places.Length; i++)
        {
            var at = places[i] % (text.Length + 1);
            var rest = Math.Min(text.Length, at + cuts[i]);
            text = [.. text.AsSpan(0, at), .. Pieces[pieces[i]], .. text.AsSpan(rest)];
        }

        return text;
    }

    private static void Holds<T>(Gen<T> generator, Func<T, bool> property) => Prop.ForAll(generator.ToArbitrary(), property).Check(Config.QuickThrowOnFailure.WithMaxTest(400));
}
