namespace Orleans.Runtime;

/// <summary>What was copied already within one call, so that an object met twice stays one object, and cycles end.</summary>
internal sealed class CopyContext
{
    private Dictionary<object, object>? _copies;

    public bool TryGet(object original, out object copy)
    {
        copy = original;
        return _copies is not null && _copies.TryGetValue(original, out copy!);
    }

    public void Add(object original, object copy) => (_copies ??= new(ReferenceEqualityComparer.Instance))[original] = copy;
}
