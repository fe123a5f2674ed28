namespace IppanFleet.Libp2p.Tests;

/// <summary>Whether tests run at full length (<c>IPPAN_LONG_TESTS=1</c>): a million inputs for every parser, a million iterations of X25519.</summary>
internal static class LongTests
{
    internal const string Variable = "IPPAN_LONG_TESTS";

    internal static bool Wanted => Environment.GetEnvironmentVariable(Variable) == "1";
}
