namespace IppanFleet.Hosting.Storage;

/// <summary>The data folder cannot be used, or did not take a write. The message is one line that names the folder and says what can be done.</summary>
public sealed class DataFault : IOException
{
    /// <summary>With words, and what was the matter.</summary>
    public DataFault(string message, Exception? cause = null)
        : base(message, cause)
    {
    }

    /// <summary>Whether the database itself is damaged.</summary>
    internal bool IsDamage { get; init; }
}
