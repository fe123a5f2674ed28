namespace Orleans.Runtime;

/// <summary>One life of a grain in memory.</summary>
public readonly struct ActivationId : IEquatable<ActivationId>
{
    private readonly Guid _key;

    /// <summary>Makes an identifier.</summary>
    public ActivationId(Guid key) => _key = key;

    /// <summary>Whether nothing was put in.</summary>
    public bool IsDefault => _key == Guid.Empty;

    /// <summary>A fresh identifier.</summary>
    public static ActivationId NewId() => new(Guid.NewGuid());

    /// <inheritdoc/>
    public bool Equals(ActivationId other) => _key == other._key;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is ActivationId other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => _key.GetHashCode();

    /// <inheritdoc/>
    public override string ToString() => $"@{_key:N}";

    /// <summary>Compares by content.</summary>
    public static bool operator ==(ActivationId left, ActivationId right) => left.Equals(right);

    /// <summary>Compares by content.</summary>
    public static bool operator !=(ActivationId left, ActivationId right) => !left.Equals(right);
}
