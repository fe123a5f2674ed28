namespace IppanFleet.Libp2p.Tests.Fuzz;

/// <summary>Inputs that once failed or led somewhere new, in <c>Fuzz/Seeds/NAME.txt</c>: one a line in hexadecimal, with comments behind '#'.</summary>
internal static class FuzzSeeds
{
    /// <summary>Where a run writes the inputs that it found, if anywhere.</summary>
    internal const string KeepVariable = "IPPAN_FUZZ_KEEP";

    private const int MostKept = 20;
    private const int LongestKept = 120;

    internal static byte[][] Load(string name)
    {
        var assembly = typeof(FuzzSeeds).Assembly;
        var resource = assembly.GetManifestResourceNames().FirstOrDefault(n => n.EndsWith($".Seeds.{name}.txt", StringComparison.Ordinal))
            ?? throw new InvalidOperationException($"Fuzz/Seeds/{name}.txt is missing; an empty file will do.");
        using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
        return [.. reader.ReadToEnd().Split('\n').Select(line => line.Split('#')[0].Trim()).Where(line => line.Length > 0).Select(Convert.FromHexString)];
    }

    /// <summary>Writes what a run found, where <see cref="KeepVariable"/> names a folder.</summary>
    internal static void Keep(string name, IEnumerable<byte[]> found)
    {
        if (Environment.GetEnvironmentVariable(KeepVariable) is not { Length: > 0 } folder) return;
        File.WriteAllLines(Path.Combine(folder, $"{name}.txt"), found.Where(input => input.Length <= LongestKept).Take(MostKept).Select(Convert.ToHexStringLower));
    }
}
