using IppanFleet.Grains;
using IppanFleet.Ippan;

namespace IppanFleet.Testing;

/// <summary>A block or transaction that a node of a <see cref="TestFleet"/> has published, and who has received it so far. Thread-safe.</summary>
/// <remarks>
/// Eligible are the nodes that had joined when it was published, without its publisher. A node that goes down before it has the message is excused: nobody can deliver to it. A message whose
/// publisher goes down before anybody has it counts for nothing: it died with its only holder.
/// </remarks>
public sealed class PublishedMessage
{
    private readonly Lock _gate = new();
    private readonly HashSet<string> _pending;
    private readonly Dictionary<string, TimeSpan> _received = new(StringComparer.Ordinal);
    private readonly List<string> _excused = [];
    private readonly int _eligible;
    private bool _hasDied;

    internal PublishedMessage(Hash32 id, GossipKind kind, string publisher, DateTimeOffset at, IEnumerable<string> eligible)
    {
        (Id, Kind, Publisher, At) = (id, kind, publisher, at);
        _pending = new HashSet<string>(eligible, StringComparer.Ordinal);
        _eligible = _pending.Count;
    }

    /// <summary>The block's or transaction's id.</summary>
    public Hash32 Id { get; }

    /// <summary>Block or transaction.</summary>
    public GossipKind Kind { get; }

    /// <summary>The node that published it.</summary>
    public string Publisher { get; }

    /// <summary>When.</summary>
    public DateTimeOffset At { get; }

    /// <summary>Every node that has received it, eligible or not, with the time that it took; after transport, security and validation.</summary>
    public IReadOnlyDictionary<string, TimeSpan> Received
    {
        get
        {
            lock (_gate) return new Dictionary<string, TimeSpan>(_received, StringComparer.Ordinal);
        }
    }

    /// <summary>Eligible nodes that are still to receive it.</summary>
    public IReadOnlyList<string> Missing
    {
        get
        {
            lock (_gate) return [.. _pending.OrderBy(name => name.Length).ThenBy(name => name, StringComparer.Ordinal)];
        }
    }

    /// <summary>Eligible nodes that went down before they had it.</summary>
    public IReadOnlyList<string> Excused
    {
        get
        {
            lock (_gate) return [.. _excused];
        }
    }

    /// <summary>Whether its publisher went down before anybody had it.</summary>
    public bool HasDied
    {
        get
        {
            lock (_gate) return _hasDied;
        }
    }

    /// <summary>Arrivals that were to come and arrivals that came.</summary>
    internal (long Expected, long Delivered) Count()
    {
        lock (_gate)
        {
            var expected = _eligible - _excused.Count;
            return (expected, expected - _pending.Count);
        }
    }

    internal bool HasReached(string node)
    {
        lock (_gate) return _received.ContainsKey(node);
    }

    internal void Arrived(string node, DateTimeOffset at)
    {
        lock (_gate)
        {
            if (_received.TryAdd(node, at > At ? at - At : TimeSpan.Zero)) _pending.Remove(node);
        }
    }

    internal void WentDown(string node)
    {
        lock (_gate)
        {
            if (_pending.Remove(node)) _excused.Add(node);
            if (node != Publisher || _received.Count > 0) return;
            _hasDied = true;
            _excused.AddRange(_pending);
            _pending.Clear();
        }
    }

    /// <inheritdoc/>
    public override string ToString() => $"{(Kind == GossipKind.Block ? "block" : "transaction")} {Id.ToString()[..8]} of {Publisher}";
}
