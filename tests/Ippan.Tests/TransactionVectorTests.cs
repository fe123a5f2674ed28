using System.Text;
using System.Text.Json;
using IppanFleet.Libp2p.Crypto;

namespace IppanFleet.Ippan.Tests;

public sealed class TransactionVectorTests
{
    public static TheoryData<string> Valid => VectorFile.Names(VectorFile.Transactions, "valid");

    public static TheoryData<string> Invalid => VectorFile.Names(VectorFile.Transactions, "invalid");

    public static TheoryData<string> Decoding => VectorFile.Names(VectorFile.Transactions, "json_decoding");

    [Theory]
    [MemberData(nameof(Valid))]
    public void ValidTransaction_Decoded_HasEveryRecordedFigure(string name) => Check(VectorFile.Case(VectorFile.Transactions, "valid", name));

    [Theory]
    [MemberData(nameof(Invalid))]
    public void InvalidTransaction_Decoded_HasEveryRecordedFigureAndIsRefused(string name) => Check(VectorFile.Case(VectorFile.Transactions, "invalid", name));

    [Theory]
    [MemberData(nameof(Valid))]
    public void ValidTransaction_SignedAnew_IsTheSame(string name)
    {
        var vector = VectorFile.Case(VectorFile.Transactions, "valid", name);
        var transaction = Decode(vector.Text("json"));
        using var key = Ed25519PrivateKey.FromSeed(vector.Hex("seed_hex"));
        transaction.Sign(key).ShouldBe(transaction);
    }

    [Theory]
    [MemberData(nameof(Decoding))]
    public void TransactionJson_Decoded_MatchesUpstream(string name)
    {
        var vector = VectorFile.Case(VectorFile.Transactions, "json_decoding", name);
        var parsed = Transaction.TryDecode(Encoding.UTF8.GetBytes(vector.Text("json")), out var transaction, out var error);
        parsed.ShouldBe(vector.Flag("parses"), error);
        if (transaction is null)
        {
            error.ShouldNotBeNullOrEmpty();
            return;
        }

        transaction.IsValid(VectorFile.NowUs).ShouldBe(vector.Flag("is_valid"));
        transaction.Id.ToString().ShouldBe(vector.Text("id_hex"));
        transaction.ComputeId().ToString().ShouldBe(vector.Text("computed_id_hex"));
        Encoding.UTF8.GetString(transaction.Encode()).ShouldBe(vector.Text("canonical_json"));
    }

    private static Transaction Decode(string json)
    {
        Transaction.TryDecode(Encoding.UTF8.GetBytes(json), out var transaction, out var error).ShouldBeTrue(error);
        return transaction!;
    }

    private static void Check(JsonElement vector)
    {
        var transaction = Decode(vector.Text("json"));
        Encoding.UTF8.GetString(transaction.Encode()).ShouldBe(vector.Text("json"));
        transaction.From.ToString().ShouldBe(vector.Text("from_hex"));
        transaction.To.ToString().ShouldBe(vector.Text("to_hex"));
        transaction.Amount.ToString().ShouldBe(vector.Text("amount"));
        transaction.Nonce.ToString().ShouldBe(vector.Text("nonce"));
        transaction.TimestampUs.ToString().ShouldBe(vector.Text("timestamp_us"));
        transaction.HashTimer.TimestampUs.ToString().ShouldBe(vector.Text("hashtimer_timestamp_us"));
        Convert.ToHexStringLower(transaction.GetHashTimerPayload()).ShouldBe(vector.Text("hashtimer_payload_hex"));
        transaction.ComputeHashTimer().Entropy.ToString().ShouldBe(vector.Text("hashtimer_expected_entropy_hex"));
        transaction.HashTimer.Entropy.ToString().ShouldBe(vector.Text("hashtimer_entropy_hex"));
        transaction.HashTimer.ComputeDigest().ToString().ShouldBe(vector.Text("hashtimer_digest_hex"));
        transaction.HashTimer.ToHex().ShouldBe(vector.Text("hashtimer_hex"));
        Convert.ToHexStringLower(transaction.GetMessageBytes()).ShouldBe(vector.Text("message_bytes_hex"));
        Blake3.Hash(transaction.GetMessageBytes()).ToString().ShouldBe(vector.Text("message_digest_hex"));
        Convert.ToHexStringLower(transaction.Signature.AsSpan()).ShouldBe(vector.Text("signature_hex"));
        transaction.Id.ToString().ShouldBe(vector.Text("id_hex"));
        transaction.ComputeId().ToString().ShouldBe(vector.Text("computed_id_hex"));
        transaction.VerifySignature().ShouldBe(vector.Flag("verify"));
        transaction.IsValid(VectorFile.NowUs).ShouldBe(vector.Flag("is_valid"));
        if (!vector.TryGetProperty("wire_v1_bincode_fixint_hex", out var wire) || wire.ValueKind != JsonValueKind.String) return;
        Convert.ToHexStringLower(TransactionWire.Encode(transaction)).ShouldBe(wire.GetString());
        TransactionWire.TryDecode(Convert.FromHexString(wire.GetString()!), out var decoded, out var error).ShouldBeTrue(error);
        decoded.ShouldBe(transaction);
    }
}
