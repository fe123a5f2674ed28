namespace IppanFleet.Hosting.Tests;

/// <summary>A scrape sees the meters of the whole process: tests that run silos run one after the other, or each would count the others' nodes.</summary>
internal static class ProcessMetrics
{
    internal const string Collection = "silos";
}
