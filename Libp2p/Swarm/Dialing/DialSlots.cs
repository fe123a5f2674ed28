namespace IppanFleet.Libp2p.Swarm;

/// <summary>Bounds dials: so many at a time, so many of them to one remote host, and so many that wait for their turn. Whoever comes first and whose host has room is let in first. Thread-safe.</summary>
internal sealed class DialSlots(int concurrent, int waiting, int perHost)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<IpPrefix, int> _hosts = [];
    private readonly LinkedList<Waiter> _waiting = new();
    private int _active;

    /// <summary>Dials that wait for their turn.</summary>
    internal int Waiting
    {
        get
        {
            lock (_gate) return _waiting.Count;
        }
    }

    /// <summary>Waits for a slot until <paramref name="cancellationToken"/> ends; answers at once why there is none when too many wait already.</summary>
    internal async ValueTask<ResourceRefusal?> EnterAsync(IpPrefix host, CancellationToken cancellationToken)
    {
        LinkedListNode<Waiter> node;
        lock (_gate)
        {
            if (TryTake(host)) return null;
            if (_waiting.Count >= waiting) return new ResourceRefusal(ResourceKind.OutboundConnections, ResourceScope.Node, "the queue of dials", _waiting.Count, waiting, "SwarmOptions.MaxQueuedDials");
            node = _waiting.AddLast(new Waiter(host));
        }
        try
        {
            await node.Value.Turn.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
            return null;
        }
        catch
        {
            // The turn may have come at the same time as the end of the patience.
            if (!TryGiveUp(node)) Leave(host);
            throw;
        }
    }

    /// <summary>Which limit a dial to <paramref name="host"/> waits for now.</summary>
    internal ResourceRefusal Explain(IpPrefix host)
    {
        lock (_gate)
        {
            return !host.IsNone && _hosts.GetValueOrDefault(host) is var used && used >= perHost
                ? new ResourceRefusal(ResourceKind.OutboundConnections, ResourceScope.Ip, $"dials to {host}", used, perHost, "SwarmOptions.MaxDialsPerHost")
                : new ResourceRefusal(ResourceKind.OutboundConnections, ResourceScope.Node, "this host's dials", _active, concurrent, "SwarmOptions.MaxConcurrentDials");
        }
    }

    internal void Leave(IpPrefix host)
    {
        Waiter? next = null;
        lock (_gate)
        {
            _active--;
            if (!host.IsNone)
            {
                if (_hosts[host] == 1) _hosts.Remove(host);
                else _hosts[host]--;
            }
            for (var node = _waiting.First; node is not null; node = node.Next)
            {
                if (!TryTake(node.Value.Host)) continue;
                next = node.Value;
                _waiting.Remove(node);
                break;
            }
        }
        next?.Turn.SetResult();
    }

    private bool TryTake(IpPrefix host)
    {
        var used = host.IsNone ? 0 : _hosts.GetValueOrDefault(host);
        if (_active >= concurrent || used >= perHost) return false;
        _active++;
        if (!host.IsNone) _hosts[host] = used + 1;
        return true;
    }

    private bool TryGiveUp(LinkedListNode<Waiter> node)
    {
        lock (_gate)
        {
            if (node.List is null) return false;
            _waiting.Remove(node);
            return true;
        }
    }

    private sealed class Waiter(IpPrefix host)
    {
        internal IpPrefix Host { get; } = host;

        internal TaskCompletionSource Turn { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
