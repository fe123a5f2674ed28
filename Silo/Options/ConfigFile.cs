using System.Text.Json;

namespace IppanFleet.Silo.Options;

/// <summary>Options in a JSON file.</summary>
internal static class ConfigFile
{
    /// <summary>The options of the file.</summary>
    /// <exception cref="OptionFault">It cannot be read, or holds something else.</exception>
    internal static IReadOnlyDictionary<string, OptionValue> Read(OptionValue path)
    {
        var file = path.Texts[0];
        var values = new Dictionary<string, OptionValue>(StringComparer.Ordinal);
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(file), new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
            if (document.RootElement.ValueKind != JsonValueKind.Object) throw new OptionFault($"{path.Where}: expected {OptionSpecs.Config.Expects}, not a JSON {document.RootElement.ValueKind}");
            foreach (var property in document.RootElement.EnumerateObject())
            {
                var where = $"{property.Name} in {file}";
                if (!OptionSpecs.All.Any(spec => spec.Name == property.Name && spec != OptionSpecs.Config)) throw new OptionFault($"{where}: there is no such option; see --help");
                values[property.Name] = new OptionValue(TextsOf(property.Value, where), where);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new OptionFault($"{path.Where}: expected {OptionSpecs.Config.Expects}; {OneLine(e.Message)}");
        }

        return values;
    }

    private static string[] TextsOf(JsonElement value, string where) => value.ValueKind switch
    {
        JsonValueKind.Array => [.. value.EnumerateArray().SelectMany(item => item.ValueKind == JsonValueKind.Array ? throw Unfit(where) : TextsOf(item, where))],
        JsonValueKind.String => [value.GetString()!],
        JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => [value.GetRawText()],
        _ => throw Unfit(where),
    };

    private static OptionFault Unfit(string where) => new($"{where}: expected a number, a text, true, false or a list of texts");

    private static string OneLine(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
