namespace Orleans.Runtime;

/// <summary>One life of a grain in memory.</summary>
public readonly record struct ActivationId
{
    private readonly Guid _key;

    /// <summary>Makes an identifier.</summary>
    public ActivationId(Guid key) => _key = key;

    /// <summary>A fresh identifier.</summary>
    public static ActivationId NewId() => new(Guid.NewGuid());

    /// <inheritdoc/>
    public override string ToString() => $"@{_key:N}";
}
