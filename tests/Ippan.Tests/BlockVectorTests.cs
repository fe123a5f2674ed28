using System.Text;
using System.Text.Json;

namespace IppanFleet.Ippan.Tests;

public sealed class BlockVectorTests
{
    public static TheoryData<string> Valid => VectorFile.Names(VectorFile.Blocks, "valid");

    public static TheoryData<string> Invalid => VectorFile.Names(VectorFile.Blocks, "invalid");

    public static TheoryData<string> Decoding => VectorFile.Names(VectorFile.Blocks, "json_decoding");

    public static TheoryData<int> Merkle => VectorFile.Indices(VectorFile.Blocks, "merkle");

    [Theory]
    [MemberData(nameof(Valid))]
    public void ValidBlock_Decoded_HasEveryRecordedFigure(string name) => Check(VectorFile.Case(VectorFile.Blocks, "valid", name));

    [Theory]
    [MemberData(nameof(Invalid))]
    public void InvalidBlock_Decoded_HasEveryRecordedFigureAndIsRefused(string name) => Check(VectorFile.Case(VectorFile.Blocks, "invalid", name));

    [Theory]
    [MemberData(nameof(Decoding))]
    public void BlockJson_Decoded_MatchesUpstream(string name)
    {
        var vector = VectorFile.Case(VectorFile.Blocks, "json_decoding", name);
        var parsed = Block.TryDecode(Encoding.UTF8.GetBytes(vector.Text("json")), out var block, out var error);
        parsed.ShouldBe(vector.Flag("parses"), error);
        if (block is null)
        {
            error.ShouldNotBeNullOrEmpty();
            return;
        }

        block.IsValid(VectorFile.NowUs).ShouldBe(vector.Flag("is_valid"));
        block.Id.ToString().ShouldBe(vector.Text("id_hex"));
        Encoding.UTF8.GetString(block.Encode()).ShouldBe(vector.Text("canonical_json"));
    }

    [Theory]
    [MemberData(nameof(Merkle))]
    public void MerkleRoot_OfRecordedLeaves_IsTheRecordedRoot(int index)
    {
        var vector = VectorFile.Blocks.GetProperty("merkle")[index];
        var leaves = vector.GetProperty("leaves_hex").EnumerateArray().Select(leaf => Hash32.Parse(leaf.GetString())).ToArray();
        MerkleTree.Root(leaves).ToString().ShouldBe(vector.Text("root_hex"));
    }

    private static void Check(JsonElement vector)
    {
        Block.TryDecode(Encoding.UTF8.GetBytes(vector.Text("json")), out var block, out var error).ShouldBeTrue(error);
        var header = block!.Header;
        Encoding.UTF8.GetString(block.Encode()).ShouldBe(vector.Text("json"));
        header.ParentIds.Count.ShouldBe(vector.GetProperty("parents").GetInt32());
        block.Transactions.Count.ShouldBe(vector.GetProperty("transactions").GetInt32());
        header.Id.ToString().ShouldBe(vector.Text("id_hex"));
        header.ComputeId().ToString().ShouldBe(vector.Text("computed_id_hex"));
        header.MerklePayload.ToString().ShouldBe(vector.Text("merkle_payload_hex"));
        header.MerkleParents.ToString().ShouldBe(vector.Text("merkle_parents_hex"));
        MerkleTree.Root(header.PayloadIds.AsSpan()).ToString().ShouldBe(vector.Text("computed_merkle_payload_hex"));
        MerkleTree.Root(header.ParentIds.AsSpan()).ToString().ShouldBe(vector.Text("computed_merkle_parents_hex"));
        header.ComputeHashTimerNonce().ToString().ShouldBe(vector.Text("hashtimer_nonce_hex"));
        if (vector.GetProperty("hashtimer_payload_hex").ValueKind == JsonValueKind.String)
        {
            Convert.ToHexStringLower(header.GetHashTimerPayload()).ShouldBe(vector.Text("hashtimer_payload_hex"));
        }

        Blake3.Hash(header.GetHashTimerPayload()).ToString().ShouldBe(vector.Text("hashtimer_payload_blake3_hex"));
        header.ComputeHashTimer(header.HashTimer.TimeUs).Entropy.ToString().ShouldBe(vector.Text("hashtimer_expected_entropy_hex"));
        header.HashTimer.Entropy.ToString().ShouldBe(vector.Text("hashtimer_entropy_hex"));
        header.HashTimer.TimestampUs.ToString().ShouldBe(vector.Text("hashtimer_timestamp_us"));
        header.HashTimer.ComputeDigest().ToString().ShouldBe(vector.Text("hashtimer_digest_hex"));
        header.HashTimer.ToHex().ShouldBe(vector.Text("hashtimer_hex"));
        block.ApproximateSize.ToString().ShouldBe(vector.GetProperty("approximate_size").ToString());
        block.IsValid(VectorFile.NowUs).ShouldBe(vector.Flag("is_valid"));
    }
}
