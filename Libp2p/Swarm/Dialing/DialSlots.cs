namespace IppanFleet.Libp2p.Swarm;

/// <summary>Bounds dials: so many at a time, so many that wait for their turn, and so many to one remote host. Thread-safe.</summary>
internal sealed class DialSlots(int concurrent, int waiting, int perHost) : IDisposable
{
    private readonly SemaphoreSlim _free = new(concurrent);
    private readonly Lock _gate = new();
    private readonly Dictionary<IpPrefix, int> _hosts = [];
    private int _pending;

    /// <summary>Waits for a slot; answers why there is none.</summary>
    internal async ValueTask<ResourceRefusal?> EnterAsync(IpPrefix host, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_pending >= concurrent + waiting) return Refuse(ResourceScope.Node, "this host's dials", _pending, concurrent + waiting, "SwarmOptions.MaxQueuedDials");
            var used = host.IsNone ? 0 : _hosts.GetValueOrDefault(host);
            if (used >= perHost) return Refuse(ResourceScope.Ip, $"dials to {host}", used, perHost, "SwarmOptions.MaxDialsPerHost");
            if (!host.IsNone) _hosts[host] = used + 1;
            _pending++;
        }
        try
        {
            await _free.WaitAsync(cancellationToken).ConfigureAwait(false);
            return null;
        }
        catch
        {
            Forget(host);
            throw;
        }
    }

    internal void Leave(IpPrefix host)
    {
        _free.Release();
        Forget(host);
    }

    public void Dispose() => _free.Dispose();

    private static ResourceRefusal Refuse(ResourceScope scope, string owner, int use, int limit, string option) => new(ResourceKind.OutboundConnections, scope, owner, use, limit, option);

    private void Forget(IpPrefix host)
    {
        lock (_gate)
        {
            _pending--;
            if (host.IsNone) return;
            if (_hosts[host] == 1) _hosts.Remove(host);
            else _hosts[host]--;
        }
    }
}
