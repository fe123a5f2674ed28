using System.Text;
using System.Text.Json;
using IppanFleet.Libp2p.Crypto;

namespace IppanFleet.Ippan.Tests;

public sealed class HashTimerTests
{
    public static TheoryData<int> Vectors => VectorFile.Indices(VectorFile.Messages, "hashtimers");

    [Theory]
    [MemberData(nameof(Vectors))]
    public void HashTimer_Derived_HasEveryRecordedFigure(int index)
    {
        var vector = Vector(index);
        var timer = Derive(vector);
        timer.TimestampUs.ToString().ShouldBe(vector.Text("timestamp_us"));
        timer.Entropy.ToString().ShouldBe(vector.Text("entropy_hex"));
        timer.ComputeDigest().ToString().ShouldBe(vector.Text("digest_hex"));
        timer.ToHex().ShouldBe(vector.Text("hex"));
        Encoding.UTF8.GetString(timer.Encode()).ShouldBe(vector.Text("json"));
        timer.Verify().ShouldBeTrue();
    }

    [Theory]
    [MemberData(nameof(Vectors))]
    public void HashTimerHex_Parsed_HasTheRecordedEntropyAndAnotherDigest(int index)
    {
        var vector = Vector(index);
        HashTimer.TryParseHex(vector.Text("hex"), out var timer).ShouldBeTrue();
        var expected = vector.GetProperty("from_hex");
        timer!.TimestampUs.ToString().ShouldBe(expected.Text("timestamp_us"));
        timer.Entropy.ToString().ShouldBe(expected.Text("entropy_hex"));
        timer.ComputeDigest().ToString().ShouldBe(expected.Text("digest_hex"));
        timer.ToHex().ShouldBe(expected.Text("hex"));
    }

    [Theory]
    [MemberData(nameof(Vectors))]
    public void HashTimer_Signed_IsTheRecordedOneAndVerifies(int index)
    {
        var vector = Vector(index);
        var expected = vector.GetProperty("signed");
        using var key = Ed25519PrivateKey.FromSeed(expected.Hex("seed_hex"));
        var signed = Derive(vector).Sign(key);
        Encoding.UTF8.GetString(signed.Encode()).ShouldBe(expected.Text("json"));
        signed.Verify().ShouldBeTrue();
        (signed with { TimestampUs = signed.TimestampUs + 1 }).Verify().ShouldBeFalse();
        HashTimer.TryDecode(Encoding.UTF8.GetBytes(expected.Text("json")), out var decoded, out var error).ShouldBeTrue(error);
        decoded.ShouldBe(signed);
    }

    [Theory]
    [InlineData("")]
    [InlineData("00")]
    [InlineData("zz24182d82435a74da61b10b9901894990843aff2d08e5cc6be585f0d3b2e8000")]
    [InlineData("0x24182d82435a74da61b10b9901894990843aff2d08e5cc6be585f0d3b2e800")]
    public void HashTimerHex_Malformed_IsRefused(string text) => HashTimer.TryParseHex(text, out _).ShouldBeFalse();

    [Fact]
    public void HashTimers_Sorted_GoByTimeThenDigestThenSignatureThenKey()
    {
        HashTimer[] made =
        [
            .. from time in new long[] { -1, 0, 1 }
               from entropy in new byte[] { 1, 2 }
               from signature in new ValueList<byte>[] { [], [9], [9, 1] }
               select new HashTimer { TimestampUs = time, Entropy = Filled(entropy), Signature = signature, PublicKey = signature },
        ];
        var expected = made.OrderBy(timer => timer.TimestampUs)
            .ThenBy(timer => timer.ComputeDigest())
            .ThenBy(timer => Convert.ToHexString(timer.Signature.AsSpan()), StringComparer.Ordinal)
            .ToArray();
        made.Reverse().Order().ShouldBe(expected);
    }

    private static Hash32 Filled(byte value)
    {
        Span<byte> bytes = stackalloc byte[32];
        bytes.Fill(value);
        return new Hash32(bytes);
    }

    private static JsonElement Vector(int index) => VectorFile.Messages.GetProperty("hashtimers")[index];

    private static HashTimer Derive(JsonElement vector) => HashTimer.Derive(
        vector.Text("context"),
        ulong.Parse(vector.Text("time_us")),
        Encoding.UTF8.GetBytes(vector.Text("domain")),
        Encoding.UTF8.GetBytes(vector.Text("payload")),
        Encoding.UTF8.GetBytes(vector.Text("nonce")),
        Encoding.UTF8.GetBytes(vector.Text("node_id")));
}
