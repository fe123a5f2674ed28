using IppanFleet.Ippan;

namespace IppanFleet.Grains;

/// <summary>The last so many message ids: the oldest makes room for the newest.</summary>
internal sealed class SeenMessages(int capacity)
{
    private readonly HashSet<Hash32> _ids = [];
    private readonly Queue<Hash32> _order = new();

    internal int Count => _ids.Count;

    /// <summary>True when the id is not among the last ones.</summary>
    internal bool TryAdd(Hash32 id)
    {
        if (!_ids.Add(id)) return false;
        _order.Enqueue(id);
        if (_order.Count > capacity) _ids.Remove(_order.Dequeue());
        return true;
    }
}
