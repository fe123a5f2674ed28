using System.Collections.Immutable;

namespace Orleans.Runtime;

/// <summary>Copies of the collections that cross without attributes. Comparers are kept.</summary>
internal static class CollectionCopies
{
    public static object Array<T>(object original, CopyContext context)
    {
        var source = (T[])original;
        if (Copier.IsImmutable(typeof(T)))
        {
            var clone = source.Clone();
            context.Add(original, clone);
            return clone;
        }
        var copy = new T[source.Length];
        context.Add(original, copy);
        for (var i = 0; i < source.Length; i++) copy[i] = Item(source[i], context);
        return copy;
    }

    public static object List<T>(object original, CopyContext context)
    {
        var source = (List<T>)original;
        var copy = new List<T>(source.Count);
        context.Add(original, copy);
        if (Copier.IsImmutable(typeof(T))) copy.AddRange(source);
        else foreach (var item in source) copy.Add(Item(item, context));
        return copy;
    }

    public static object Dictionary<TKey, TValue>(object original, CopyContext context)
        where TKey : notnull
    {
        var source = (Dictionary<TKey, TValue>)original;
        var copy = new Dictionary<TKey, TValue>(source.Count, source.Comparer);
        context.Add(original, copy);
        foreach (var (key, value) in source) copy.Add(Item(key, context), Item(value, context));
        return copy;
    }

    public static object HashSet<T>(object original, CopyContext context)
    {
        var source = (HashSet<T>)original;
        var copy = new HashSet<T>(source.Count, source.Comparer);
        context.Add(original, copy);
        foreach (var item in source) copy.Add(Item(item, context));
        return copy;
    }

    public static object ImmutableArray<T>(object original, CopyContext context)
    {
        var source = (ImmutableArray<T>)original;
        return source.IsDefault ? original : source.Select(item => Item(item, context)).ToImmutableArray();
    }

    private static T Item<T>(T item, CopyContext context) => (T)Copier.Copy(item, context)!;
}
