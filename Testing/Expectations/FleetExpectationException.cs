namespace IppanFleet.Testing;

/// <summary>A fleet did not do what a test expected of it. The message says what, and shows the fleet as it was then.</summary>
public sealed class FleetExpectationException(string message) : Exception(message);
