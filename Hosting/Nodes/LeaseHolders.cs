using System.Collections.Concurrent;

namespace IppanFleet.Hosting.Nodes;

/// <summary>The silos of this process that may hold leases, so that one which is gone need not be waited for.</summary>
/// <param name="hasProcessAlone">Whether no other process can hold a lease in the same storage while this one runs.</param>
internal sealed class LeaseHolders(bool hasProcessAlone)
{
    private readonly string _process = Guid.NewGuid().ToString("N");
    private readonly ConcurrentDictionary<string, bool> _living = new(StringComparer.Ordinal);

    /// <summary>A silo begins to hold leases, under the name that is returned.</summary>
    internal string Enter(string silo)
    {
        var holder = $"{_process}/{silo}";
        _living[holder] = true;
        return holder;
    }

    /// <summary>All nodes of the holder have stopped.</summary>
    internal void Leave(string holder) => _living.TryRemove(holder, out _);

    /// <summary>Whether nothing can run any more under that holder's leases.</summary>
    internal bool IsGone(string holder) => holder.StartsWith(_process + "/", StringComparison.Ordinal) ? !_living.ContainsKey(holder) : hasProcessAlone;
}
