namespace Orleans.Runtime;

/// <summary>What was copied already within one call, so that an object met twice stays one object, and cycles end.</summary>
internal sealed class CopyContext
{
    private Dictionary<object, object>? _copies;

    public object? Find(object original) => _copies?.GetValueOrDefault(original);

    public void Add(object original, object copy) => (_copies ??= new(ReferenceEqualityComparer.Instance))[original] = copy;
}
