using IppanFleet.Libp2p.Identity;

namespace IppanFleet.Libp2p.Swarm;

/// <summary>An amount of one resource and whom it is counted against, besides host and process.</summary>
internal readonly record struct ResourceClaim(ResourceKind Kind, long Amount, PeerId? Peer = null, IpGroup Ip = default, string? Protocol = null)
{
    /// <summary>A connection counts in its direction and in sum.</summary>
    internal ResourceKind? Also => Kind is ResourceKind.InboundConnections or ResourceKind.OutboundConnections ? ResourceKind.Connections : null;
}

/// <summary>The one model of what a host uses: asked before anything is allocated, told when it is given back. A claim is granted in all of its scopes or in none. Thread-safe.</summary>
/// <remarks>Accounts of peers, addresses and protocols exist only while they hold something, so the ledger itself is bounded by what it grants.</remarks>
public sealed class ResourceLedger
{
    private static readonly int Kinds = Enum.GetValues<ResourceKind>().Length;

    private readonly Lock _gate = new();
    private readonly ResourceLimits _limits;
    private readonly ProcessResources? _process;
    private readonly ScopeLimits _peerLimits;
    private readonly ResourceAccount _node;
    private readonly Dictionary<PeerId, ResourceAccount> _peers = [];
    private readonly Dictionary<IpPrefix, ResourceAccount> _prefixes = [];
    private readonly Dictionary<string, ResourceAccount> _protocols = new(StringComparer.Ordinal);
    private readonly long[] _refused = new long[Kinds * Enum.GetValues<ResourceScope>().Length];

    internal ResourceLedger(SwarmOptions options)
    {
        (_limits, _process) = (options.Limits, options.Process);
        _peerLimits = _limits.Peer with { Connections = options.MaxConnectionsPerPeer };
        _node = new ResourceAccount(ResourceScope.Node, "node", _limits.Node with { Connections = options.MaxConnections, Handshakes = options.MaxPendingInbound });
    }

    /// <summary>What the host uses now.</summary>
    public long Used(ResourceKind kind)
    {
        lock (_gate) return _node.Used(kind);
    }

    /// <summary>How often <paramref name="kind"/> was refused by a limit of <paramref name="scope"/>.</summary>
    public long Refused(ResourceKind kind, ResourceScope scope) => Interlocked.Read(ref _refused[((int)scope * Kinds) + (int)kind]);

    /// <summary>Asks for <paramref name="bytes"/> of memory, to be called before they are allocated: they count against the host, its process, and the peer and the protocol that are named.</summary>
    /// <exception cref="SwarmException">A limit stands against it: <see cref="SwarmException.Refusal"/> says which, whose, how much is in use, and the option that raises it.</exception>
    public MemoryReservation Reserve(long bytes, PeerId? peer = null, string? protocol = null) =>
        TryReserve(bytes, peer, protocol, out var reservation) is { } refusal ? throw SwarmException.Refused("no memory", refusal) : reservation!;

    /// <summary>As <see cref="Reserve"/>, but answers the refusal, or null and the reservation.</summary>
    public ResourceRefusal? TryReserve(long bytes, PeerId? peer, string? protocol, out MemoryReservation? reservation)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        var claim = new ResourceClaim(ResourceKind.Memory, bytes, peer, Protocol: protocol);
        var refusal = TryTake(claim);
        reservation = refusal is null ? new MemoryReservation(this, claim) : null;
        return refusal;
    }

    /// <summary>What one peer uses now.</summary>
    internal long UsedBy(PeerId peer, ResourceKind kind)
    {
        lock (_gate) return _peers.TryGetValue(peer, out var account) ? account.Used(kind) : 0;
    }

    /// <summary>Accounts that exist now, the host's own aside.</summary>
    internal int AccountCount
    {
        get
        {
            lock (_gate) return _peers.Count + _prefixes.Count + _protocols.Count;
        }
    }

    /// <summary>Grants <paramref name="claim"/> and answers null, or says which limit stands against it; then nothing is taken.</summary>
    internal ResourceRefusal? TryTake(in ResourceClaim claim)
    {
        if (claim.Amount < 0) throw new ArgumentException("an amount is not negative", nameof(claim));
        ResourceRefusal? refusal;
        lock (_gate)
        {
            refusal = Check(claim) ?? _process?.TryTake(claim.Kind, claim.Also, claim.Amount);
            if (refusal is null) Apply(claim, claim.Amount);
        }
        if (refusal is not null) Count(refusal);
        return refusal;
    }

    /// <summary>Which limit of this host stands against <paramref name="claim"/> now; takes and counts nothing.</summary>
    internal ResourceRefusal? WouldRefuse(in ResourceClaim claim)
    {
        lock (_gate) return Check(claim);
    }

    /// <summary>Grants <paramref name="claim"/> in place of <paramref name="held"/>; when it is refused, <paramref name="held"/> is still held.</summary>
    internal ResourceRefusal? TryReplace(in ResourceClaim held, in ResourceClaim claim)
    {
        lock (_gate)
        {
            Release(held);
            if (TryTake(claim) is not { } refusal) return null;
            Apply(held, held.Amount);
            _process?.Restore(held.Kind, held.Also, held.Amount);
            return refusal;
        }
    }

    /// <summary>Gives back what <see cref="TryTake"/> granted for the same claim.</summary>
    internal void Release(in ResourceClaim claim)
    {
        lock (_gate)
        {
            Apply(claim, -claim.Amount);
            _process?.Release(claim.Kind, claim.Also, claim.Amount);
        }
    }

    /// <summary>Counts a refusal that was decided outside, such as by a rate.</summary>
    internal void Count(ResourceRefusal refusal) => Interlocked.Increment(ref _refused[((int)refusal.Scope * Kinds) + (int)refusal.Kind]);

    private ResourceRefusal? Check(in ResourceClaim claim)
    {
        // Narrow scopes first: the peer that is at fault is named rather than the host.
        if (claim.Peer is not null && CheckIn(_peers, claim.Peer, ResourceScope.Peer, _peerLimits, claim) is { } peer) return peer;
        if (!claim.Ip.Host.IsNone)
        {
            if (CheckIn(_prefixes, claim.Ip.Host, ResourceScope.Ip, _limits.Ip, claim) is { } ip) return ip;
            if (CheckIn(_prefixes, claim.Ip.Subnet, ResourceScope.Subnet, _limits.Subnet, claim) is { } subnet) return subnet;
        }
        if (claim.Protocol is not null && CheckIn(_protocols, claim.Protocol, ResourceScope.Protocol, _limits.Protocol, claim) is { } protocol) return protocol;
        return CheckOne(_node, claim);
    }

    private static ResourceRefusal? CheckOne(ResourceAccount account, in ResourceClaim claim) =>
        account.Check(claim.Kind, claim.Amount) ?? (claim.Also is { } also ? account.Check(also, claim.Amount) : null);

    private static ResourceRefusal? CheckIn<TKey>(Dictionary<TKey, ResourceAccount> accounts, TKey key, ResourceScope scope, ScopeLimits limits, in ResourceClaim claim)
        where TKey : notnull
    {
        if (accounts.TryGetValue(key, out var account)) return CheckOne(account, claim);
        // Nothing used yet: no account is made to see that.
        if (claim.Amount <= limits.Of(claim.Kind) && (claim.Also is not { } also || claim.Amount <= limits.Of(also))) return null;
        return CheckOne(new ResourceAccount(scope, key, limits), claim);
    }

    private void Apply(in ResourceClaim claim, long amount)
    {
        if (claim.Peer is not null) ApplyTo(_peers, claim.Peer, ResourceScope.Peer, _peerLimits, claim, amount);
        if (!claim.Ip.Host.IsNone)
        {
            ApplyTo(_prefixes, claim.Ip.Host, ResourceScope.Ip, _limits.Ip, claim, amount);
            ApplyTo(_prefixes, claim.Ip.Subnet, ResourceScope.Subnet, _limits.Subnet, claim, amount);
        }
        if (claim.Protocol is not null) ApplyTo(_protocols, claim.Protocol, ResourceScope.Protocol, _limits.Protocol, claim, amount);
        AddTo(_node, claim, amount);
    }

    private static void ApplyTo<TKey>(Dictionary<TKey, ResourceAccount> accounts, TKey key, ResourceScope scope, ScopeLimits limits, in ResourceClaim claim, long amount)
        where TKey : notnull
    {
        if (!accounts.TryGetValue(key, out var account)) accounts.Add(key, account = new ResourceAccount(scope, key, limits));
        AddTo(account, claim, amount);
        if (account.IsEmpty) accounts.Remove(key);
    }

    private static void AddTo(ResourceAccount account, in ResourceClaim claim, long amount)
    {
        account.Add(claim.Kind, amount);
        if (claim.Also is { } also) account.Add(also, amount);
    }
}

/// <summary>Something that the ledger granted; disposing gives it back, once.</summary>
public sealed class ResourceLease : IDisposable
{
    private readonly ResourceClaim _claim;
    private ResourceLedger? _ledger;

    internal ResourceLease(ResourceLedger ledger, in ResourceClaim claim) => (_ledger, _claim) = (ledger, claim);

    /// <inheritdoc/>
    public void Dispose() => Interlocked.Exchange(ref _ledger, null)?.Release(_claim);
}
