namespace IppanFleet.Libp2p.Tests.Fuzz;

/// <summary>An input did what none may; the message has all that is needed to see it again.</summary>
internal sealed class FuzzFailureException(string message, Exception? inner = null) : Exception(message, inner);
