namespace IppanFleet.Silo.Options;

/// <summary>An option as it was given, and by whom: <see cref="Where"/> is what an error calls it.</summary>
internal readonly record struct OptionValue(IReadOnlyList<string> Texts, string Where);

/// <summary>An option was given in a way that is not understood; the message is one line that says what is expected.</summary>
internal sealed class OptionFault(string message) : Exception(message);
