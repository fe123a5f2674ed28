using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace IppanFleet.Cli.Decoding;

/// <summary>What <c>ippan decode</c> says about one line.</summary>
/// <param name="Parses">Whether the line has the right shape.</param>
/// <param name="IsValid">Whether every rule is met now; null when it does not parse.</param>
/// <param name="Id">The carried id as lower-case hex; null where there is none.</param>
/// <param name="Canonical">The same value as peers write it; null when the line does not parse.</param>
/// <param name="Error">Why it does not parse, or the rule that it breaks; null when there is nothing to say.</param>
internal sealed record DecodeAnswer(bool Parses, bool? IsValid, string? Id, string? Canonical, string? Error)
{
    public static DecodeAnswer Unreadable(string error) => new(Parses: false, IsValid: null, Id: null, Canonical: null, error);
}

/// <summary>How answers are written: field names as in the documentation, and in strings only what must be escaped is escaped, so that the canonical text stays readable.</summary>
[JsonSerializable(typeof(DecodeAnswer))]
internal sealed partial class DecodeAnswerJson : JsonSerializerContext
{
    public static DecodeAnswerJson Relaxed { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
