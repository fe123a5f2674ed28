using System.Runtime.CompilerServices;

namespace IppanFleet.Libp2p.Swarm;

/// <summary>What one owner in one scope uses. Not thread-safe: its ledger's lock guards it.</summary>
internal sealed class ResourceAccount(ResourceScope scope, object owner, ScopeLimits limits)
{
    private Counters _used;

    internal long Used(ResourceKind kind) => _used[(int)kind];

    internal bool IsEmpty
    {
        get
        {
            for (var i = 0; i < Counters.Count; i++)
            {
                if (_used[i] != 0) return false;
            }
            return true;
        }
    }

    internal ResourceRefusal? Check(ResourceKind kind, long amount)
    {
        var (use, limit) = (_used[(int)kind], limits.Of(kind));
        // Written so that it cannot overflow: use is never negative.
        return amount <= limit - use ? null : new ResourceRefusal(kind, scope, Name(), use, limit, OptionOf(kind));
    }

    internal void Add(ResourceKind kind, long amount) => _used[(int)kind] += amount;

    private string Name() => scope switch
    {
        ResourceScope.Peer => $"peer {owner}",
        ResourceScope.Ip or ResourceScope.Subnet => $"{owner}",
        ResourceScope.Protocol => SafeText.Shorten((string)owner),
        ResourceScope.Node => "this host",
        _ => "this process",
    };

    private string OptionOf(ResourceKind kind) => (scope, kind) switch
    {
        (ResourceScope.Node, ResourceKind.Connections) => "SwarmOptions.MaxConnections",
        (ResourceScope.Node, ResourceKind.Handshakes) => "SwarmOptions.MaxPendingInbound",
        (ResourceScope.Peer, ResourceKind.Connections) => "SwarmOptions.MaxConnectionsPerPeer",
        (ResourceScope.Process, _) => $"ProcessResources.Limits.{kind}",
        _ => $"SwarmOptions.Limits.{scope}.{kind}",
    };

    [InlineArray(Count)]
    private struct Counters
    {
        internal const int Count = 7;
        private long _first;
    }
}

/// <summary>The resources that hosts of one process share: give the same object to all of them.</summary>
public sealed class ProcessResources
{
    private readonly ResourceAccount _account;

    /// <summary>Shared <paramref name="limits"/>; what they leave out is not limited.</summary>
    public ProcessResources(ScopeLimits limits)
    {
        Limits = limits;
        _account = new ResourceAccount(ResourceScope.Process, "process", limits);
    }

    /// <summary>What all hosts together may use.</summary>
    public ScopeLimits Limits { get; }

    /// <summary>What all hosts together use now.</summary>
    public long Used(ResourceKind kind)
    {
        lock (Gate) return _account.Used(kind);
    }

    /// <summary>Taken inside a ledger's lock, never the other way round.</summary>
    internal Lock Gate { get; } = new();

    internal ResourceRefusal? TryTake(ResourceKind kind, ResourceKind? also, long amount)
    {
        lock (Gate)
        {
            if (_account.Check(kind, amount) is { } refusal) return refusal;
            if (also is { } further && _account.Check(further, amount) is { } other) return other;
            _account.Add(kind, amount);
            if (also is { } second) _account.Add(second, amount);
            return null;
        }
    }

    internal void Restore(ResourceKind kind, ResourceKind? also, long amount) => Release(kind, also, -amount);

    internal void Release(ResourceKind kind, ResourceKind? also, long amount)
    {
        lock (Gate)
        {
            _account.Add(kind, -amount);
            if (also is { } second) _account.Add(second, -amount);
        }
    }
}
