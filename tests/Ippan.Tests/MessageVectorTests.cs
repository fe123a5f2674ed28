using System.Text;

namespace IppanFleet.Ippan.Tests;

public sealed class MessageVectorTests
{
    public static TheoryData<string> Messages => VectorFile.Names(VectorFile.Messages, "messages");

    public static TheoryData<string> Decoding => VectorFile.Names(VectorFile.Messages, "json_decoding");

    [Theory]
    [MemberData(nameof(Messages))]
    public void Message_DecodedAndEncoded_IsByteForByteTheSame(string name)
    {
        var vector = VectorFile.Case(VectorFile.Messages, "messages", name);
        NetworkMessage.TryDecode(Encoding.UTF8.GetBytes(vector.Text("json")), out var message, out var error).ShouldBeTrue(error);
        var encoded = message!.Encode();
        Encoding.UTF8.GetString(encoded).ShouldBe(vector.Text("json"));
        encoded.Length.ShouldBe(vector.GetProperty("size_bytes").GetInt32());
    }

    [Theory]
    [MemberData(nameof(Decoding))]
    public void MessageJson_Decoded_MatchesUpstream(string name)
    {
        var vector = VectorFile.Case(VectorFile.Messages, "json_decoding", name);
        var parsed = NetworkMessage.TryDecode(Encoding.UTF8.GetBytes(vector.Text("json")), out var message, out var error);
        parsed.ShouldBe(vector.Flag("parses"), error);
        if (message is not null) Encoding.UTF8.GetString(message.Encode()).ShouldBe(vector.Text("canonical_json"));
        else error.ShouldNotBeNullOrEmpty();
    }
}
