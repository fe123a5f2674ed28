using System.Text.Json;

namespace IppanFleet.Libp2p.Tests;

/// <summary>Third-party test vectors, read from <c>shared/vectors</c> beside the checkout; a test that needs them is skipped where they are absent.</summary>
internal static class VectorFiles
{
    internal static JsonElement Load(string name)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var candidate = Path.Combine(folder.FullName, "shared", "vectors", name);
            if (!File.Exists(candidate)) continue;
            using var document = JsonDocument.Parse(File.ReadAllBytes(candidate));
            return document.RootElement.Clone();
        }
        Assert.Skip($"The third-party vectors (shared/vectors/{name}) are not on this machine.");
        return default;
    }

    internal static string Text(this JsonElement element, string name) => element.GetProperty(name).GetString()!;

    internal static byte[] Hex(this JsonElement element, string name) => Convert.FromHexString(element.Text(name));

    internal static IEnumerable<(JsonElement Group, JsonElement Test)> Wycheproof(this JsonElement root) =>
        from file in new[] { root.GetProperty("wycheproof") }
        from theGroup in file.GetProperty("testGroups").EnumerateArray()
        from test in theGroup.GetProperty("tests").EnumerateArray()
        select (theGroup, test);
}
