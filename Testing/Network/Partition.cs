using System.Collections.Frozen;

namespace IppanFleet.Testing;

/// <summary>Two groups of nodes that do not reach each other.</summary>
internal sealed class Partition(IEnumerable<string> left, IEnumerable<string> right, PartitionKind kind)
{
    private readonly FrozenSet<string> _left = left.ToFrozenSet(StringComparer.Ordinal);
    private readonly FrozenSet<string> _right = right.ToFrozenSet(StringComparer.Ordinal);

    internal PartitionKind Kind => kind;

    internal bool Separates(string one, string other) => (_left.Contains(one) && _right.Contains(other)) || (_left.Contains(other) && _right.Contains(one));

    public override string ToString() => $"{Names(_left)} | {Names(_right)} ({kind})";

    private static string Names(FrozenSet<string> nodes) => string.Join(' ', nodes.OrderBy(name => name.Length).ThenBy(name => name, StringComparer.Ordinal));
}
