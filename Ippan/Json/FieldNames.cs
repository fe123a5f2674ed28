using System.Text;

namespace IppanFleet.Ippan.Json;

/// <summary>The fields of a struct in their JSON order; a name that ends in '?' may be missing.</summary>
internal sealed class FieldNames
{
    private readonly string[] _names;
    private readonly byte[][] _utf8;

    public FieldNames(params string[] names)
    {
        _names = new string[names.Length];
        _utf8 = new byte[names.Length][];
        for (var i = 0; i < names.Length; i++)
        {
            _names[i] = names[i].TrimEnd('?');
            _utf8[i] = Encoding.UTF8.GetBytes(_names[i]);
            if (_names[i].Length == names[i].Length) Required |= 1u << i;
        }
    }

    public int Count => _names.Length;

    /// <summary>A bit for each field that must be there.</summary>
    public uint Required { get; }

    public string this[int field] => _names[field];

    /// <summary>The field of that name, or -1. Peers write them in order, so the expected one is tried first.</summary>
    public int Find(ReadOnlySpan<byte> name, int expected)
    {
        if (expected < _utf8.Length && name.SequenceEqual(_utf8[expected])) return expected;
        for (var i = 0; i < _utf8.Length; i++)
        {
            if (name.SequenceEqual(_utf8[i])) return i;
        }

        return -1;
    }

    /// <summary>The names as an error message lists them.</summary>
    public override string ToString() => string.Join(", ", _names.Select(static name => $"\"{name}\""));
}

/// <summary>How far the reading of one struct has come.</summary>
internal struct FieldProgress
{
    public bool IsArray;
    public bool Started;
    public int Next;
    public uint Seen;
}
