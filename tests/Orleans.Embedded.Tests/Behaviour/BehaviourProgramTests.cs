using System.Diagnostics;
using System.Reflection;

namespace Orleans.Tests.Behaviour;

public sealed class BehaviourProgramTests
{
    [Fact]
    public async Task Program_ThatRanOnTheRealEngine_PrintsTheSameHere()
    {
        var program = Metadata("BehaviourProgram");
        var expected = await File.ReadAllLinesAsync(Metadata("BehaviourExpected"));
        using var process = Process.Start(new ProcessStartInfo("dotnet", program) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        var errors = process.StandardError.ReadToEndAsync(deadline.Token);
        var output = await process.StandardOutput.ReadToEndAsync(deadline.Token);
        await process.WaitForExitAsync(deadline.Token);

        output.Split('\n', StringSplitOptions.RemoveEmptyEntries).ShouldBe(expected, await errors);
    }

    private static string Metadata(string key) => typeof(BehaviourProgramTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == key).Value!;
}
