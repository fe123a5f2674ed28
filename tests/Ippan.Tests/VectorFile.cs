using System.Text.Json;

namespace IppanFleet.Ippan.Tests;

/// <summary>Reads the recorded figures. A case is named by its text, so that each is a test of its own with a readable name.</summary>
internal static class VectorFile
{
    private static readonly Dictionary<string, JsonDocument> Open = new(StringComparer.Ordinal);

    public static JsonElement Transactions => Read("ippan-transactions.json");

    public static JsonElement Blocks => Read("ippan-blocks.json");

    public static JsonElement Messages => Read("ippan-messages.json");

    /// <summary>The figures stand for a clock in 2026; the only ones that depend on it lie in the year 2200 or beyond.</summary>
    public const ulong NowUs = 1_790_000_000_000_000;

    public static JsonElement Case(JsonElement file, string list, string name) =>
        file.GetProperty(list).EnumerateArray().Single(entry => entry.GetProperty("name").GetString() == name);

    public static TheoryData<string> Names(JsonElement file, string list) => [.. file.GetProperty(list).EnumerateArray().Select(entry => entry.GetProperty("name").GetString()!)];

    public static TheoryData<int> Indices(JsonElement file, string list) => [.. Enumerable.Range(0, file.GetProperty(list).GetArrayLength())];

    public static string Text(this JsonElement entry, string property) => entry.GetProperty(property).GetString()!;

    public static bool Flag(this JsonElement entry, string property) => entry.GetProperty(property).GetBoolean();

    public static byte[] Hex(this JsonElement entry, string property) => Convert.FromHexString(entry.Text(property));

    private static JsonElement Read(string name)
    {
        lock (Open)
        {
            if (!Open.TryGetValue(name, out var document)) Open[name] = document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Vectors", name)));
            return document.RootElement;
        }
    }
}
