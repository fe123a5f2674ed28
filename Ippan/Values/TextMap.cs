namespace IppanFleet.Ippan;

/// <summary>One entry of a <see cref="TextMap"/>.</summary>
public readonly record struct TextEntry(string Key, string Value);

/// <summary>An immutable map from text to text in the order of the keys' UTF-8 bytes, which is the order that is hashed, signed and written.</summary>
public sealed record TextMap
{
    /// <summary>The map without entries.</summary>
    public static TextMap Empty { get; } = new();

    private TextMap()
    {
    }

    /// <summary>The entries, ordered by key.</summary>
    public ValueList<TextEntry> Entries { get; private init; }

    /// <summary>A map of <paramref name="entries"/> in any order; of equal keys the last wins.</summary>
    public static TextMap Create(params ReadOnlySpan<TextEntry> entries)
    {
        if (entries.IsEmpty) return Empty;
        // Sorting positions with the entries keeps equal keys in input order: Array.Sort alone is not stable.
        var sorted = new (TextEntry Entry, int Position)[entries.Length];
        for (var i = 0; i < sorted.Length; i++) sorted[i] = (entries[i], i);
        Array.Sort(sorted, static (x, y) => Utf8Order.Compare(x.Entry.Key, y.Entry.Key) is var order and not 0 ? order : x.Position.CompareTo(y.Position));

        var kept = 0;
        for (var i = 0; i < sorted.Length; i++)
        {
            if (kept > 0 && sorted[kept - 1].Entry.Key == sorted[i].Entry.Key) kept--;
            sorted[kept++] = sorted[i];
        }

        var result = new TextEntry[kept];
        for (var i = 0; i < kept; i++) result[i] = sorted[i].Entry;
        return new TextMap { Entries = ValueList.Adopt(result) };
    }

    /// <summary>The value of <paramref name="key"/>, or null.</summary>
    public string? Find(string key)
    {
        foreach (var entry in Entries)
        {
            if (entry.Key == key) return entry.Value;
        }

        return null;
    }
}
