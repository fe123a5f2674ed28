using IppanFleet.Samples;

namespace IppanFleet.P2P.Tests;

/// <summary>The README shows code that is compiled and run.</summary>
public sealed class ReadmeTests
{
    [Fact]
    public void Readme_CodeInCSharp_IsTheSamplesThatRun() => SampleCode.ShouldBeWhatRuns("README.md", "tests/P2P.Tests/ReadmeSamples.cs", "tests/Testing.Tests/ReadmeSamples.cs");
}
