namespace Orleans.Runtime;

/// <summary>Who a grain is in its cluster: its type and its key.</summary>
public readonly record struct GrainId
{
    /// <summary>Makes an identity.</summary>
    public GrainId(GrainType type, IdSpan key) => (Type, Key) = (type, key);

    /// <summary>The name of the grain's class.</summary>
    public GrainType Type { get; }

    /// <summary>The key among grains of that type.</summary>
    public IdSpan Key { get; }

    /// <summary>Makes an identity.</summary>
    public static GrainId Create(GrainType type, string key) => new(type, IdSpan.Create(key));

    /// <summary>Makes an identity.</summary>
    public static GrainId Create(string type, string key) => Create(GrainType.Create(type), key);

    /// <summary>Reads what <see cref="ToString"/> wrote.</summary>
    /// <exception cref="FormatException">There is no slash between type and key.</exception>
    public static GrainId Parse(string value)
    {
        var slash = value.IndexOf('/', StringComparison.Ordinal);
        return slash > 0 ? Create(value[..slash], value[(slash + 1)..]) : throw new FormatException($"'{value}' is not a grain id: type/key");
    }

    /// <summary>type/key</summary>
    public override string ToString() => $"{Type}/{Key}";
}
