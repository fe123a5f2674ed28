using System.Collections.Concurrent;
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

    public static object SortedDictionary<TKey, TValue>(object original, CopyContext context)
        where TKey : notnull
    {
        var source = (SortedDictionary<TKey, TValue>)original;
        var copy = new SortedDictionary<TKey, TValue>(source.Comparer);
        context.Add(original, copy);
        foreach (var (key, value) in source) copy.Add(Item(key, context), Item(value, context));
        return copy;
    }

    public static object ConcurrentDictionary<TKey, TValue>(object original, CopyContext context)
        where TKey : notnull
    {
        var source = (ConcurrentDictionary<TKey, TValue>)original;
        var copy = new ConcurrentDictionary<TKey, TValue>(source.Comparer);
        context.Add(original, copy);
        foreach (var (key, value) in source) copy[Item(key, context)] = Item(value, context);
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

    public static object Queue<T>(object original, CopyContext context) => new Queue<T>(((Queue<T>)original).Select(item => Item(item, context)));

    public static object Stack<T>(object original, CopyContext context) => new Stack<T>(((Stack<T>)original).Reverse().Select(item => Item(item, context)));

    public static object ImmutableArray<T>(object original, CopyContext context)
    {
        var source = (ImmutableArray<T>)original;
        return source.IsDefault ? original : source.Select(item => Item(item, context)).ToImmutableArray();
    }

    public static object ImmutableList<T>(object original, CopyContext context) =>
        System.Collections.Immutable.ImmutableList.CreateRange(((ImmutableList<T>)original).Select(item => Item(item, context)));

    public static object ImmutableHashSet<T>(object original, CopyContext context)
    {
        var source = (ImmutableHashSet<T>)original;
        return source.Select(item => Item(item, context)).ToImmutableHashSet(source.KeyComparer);
    }

    public static object ImmutableDictionary<TKey, TValue>(object original, CopyContext context)
        where TKey : notnull
    {
        var source = (ImmutableDictionary<TKey, TValue>)original;
        return source.ToImmutableDictionary(pair => Item(pair.Key, context), pair => Item(pair.Value, context), source.KeyComparer, source.ValueComparer);
    }

    public static object Pair<TKey, TValue>(object original, CopyContext context)
    {
        var (key, value) = (KeyValuePair<TKey, TValue>)original;
        return new KeyValuePair<TKey, TValue>(Item(key, context), Item(value, context));
    }

    public static object Memory<T>(object original, CopyContext context) =>
        new Memory<T>((T[])Array<T>(((Memory<T>)original).ToArray(), context));

    public static object ReadOnlyMemory<T>(object original, CopyContext context) =>
        new ReadOnlyMemory<T>((T[])Array<T>(((ReadOnlyMemory<T>)original).ToArray(), context));

    private static T Item<T>(T item, CopyContext context) => (T)Copier.Copy(item, context)!;
}
