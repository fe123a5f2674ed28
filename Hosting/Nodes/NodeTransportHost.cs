using System.Collections.Concurrent;
using IppanFleet.Grains;
using IppanFleet.Hosting.Access;
using IppanFleet.Hosting.Identities;
using IppanFleet.Ippan;
using IppanFleet.P2P;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace IppanFleet.Hosting.Nodes;

/// <summary>The nodes of this silo.</summary>
internal sealed partial class NodeTransportHost : INodeTransportHost, IAsyncDisposable
{
    private const int MaxKnownPeers = 16;

    private readonly ConcurrentDictionary<string, NodeTransport> _nodes = new(StringComparer.Ordinal);
    private readonly FleetOptions _options;
    private readonly NodeIdentities _identities;
    private readonly INodeNetworkFactory _networks;
    private readonly NodeEvents _events;
    private readonly NodeAccess _access;
    private readonly TimeProvider _time;
    private readonly ILogger<NodeTransport> _log;

    public NodeTransportHost(
        FleetOptions options,
        NodeIdentities identities,
        INodeNetworkFactory networks,
        NodeEvents events,
        NodeAccess access,
        ILocalSiloDetails silo,
        TimeProvider time,
        ILogger<NodeTransport> log)
    {
        (_options, _identities, _networks, _events, _access, _time, _log) = (options, identities, networks, events, access, time, log);
        IsAlone = options.Data is null && options.Nodes <= 1 && options.Bootstrap.Count == 0;
        Holder = options.LeaseHolders.Enter(silo.SiloAddress.ToString());
        options.Process.Add(this);
    }

    /// <summary>The nodes that run here, in no order.</summary>
    internal ICollection<NodeTransport> Nodes => _nodes.Values;

    /// <summary>Where what they hear comes together.</summary>
    internal NodeEvents Events => _events;

    /// <summary>Whether the fleet is a single node without peers elsewhere.</summary>
    internal bool IsAlone { get; set; }

    /// <inheritdoc/>
    public string Holder { get; }

    /// <inheritdoc/>
    public TimeSpan LeaseTime => _options.LeaseTime;

    /// <inheritdoc/>
    public bool IsGone(string holder) => _options.LeaseHolders.IsGone(holder);

    /// <inheritdoc/>
    public void RenewLease(string node, long begun)
    {
        if (_nodes.TryGetValue(node, out var known)) known.Lease.TryRenew(begun);
    }

    /// <inheritdoc/>
    public string[] KnownPeers(string node)
    {
        if (!_nodes.TryGetValue(node, out var known)) return [];
        var ours = _options.Process.Nodes.Select(other => other.Network.PeerId).ToHashSet(StringComparer.Ordinal);
        // What dialed us came from a port that nobody listens on.
        var outside = known.Network.Snapshot().Peers.Where(peer => !peer.Inbound && !ours.Contains(peer.PeerId)).Take(MaxKnownPeers);
        return [.. outside.Select(AddressOf).Order(StringComparer.Ordinal)];

        static string AddressOf(PeerSnapshot peer) => peer.Address.Contains("/p2p/", StringComparison.Ordinal) ? peer.Address : $"{peer.Address}/p2p/{peer.PeerId}";
    }

    /// <summary>Stops the nodes whose lease has run out.</summary>
    internal async Task StopExpiredAsync()
    {
        foreach (var node in _nodes.Values.Where(node => node.Lease.IsExpired))
        {
            LogExpired(node.Name, _options.LeaseTime.TotalSeconds);
            await StopAsync(node.Name).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public async Task<NodeAnnouncement> StartAsync(NodeSpec spec, string[] siblings, long leaseBegun, CancellationToken cancellationToken)
    {
        if (_nodes.TryGetValue(spec.Name, out var known)) return new NodeAnnouncement { Name = known.Name, PeerId = known.Network.PeerId, Addresses = [.. known.Network.Addresses] };
        await WaitForBansAsync(cancellationToken).ConfigureAwait(false);
        var identity = _identities.Of(spec.Identity);
        var lease = new Lease(_options.LeaseTime, leaseBegun, _time);
        var node = new NodeTransport(spec, identity, lease, _networks.Create(spec, identity, siblings), _events, _options, _time, _log);
        try
        {
            var announcement = await node.StartAsync(cancellationToken).ConfigureAwait(false);
            node.Network.ApplyAccess(_access.Protected);
            node.Refresh(IsAlone);
            _nodes[spec.Name] = node;
            return announcement;
        }
        catch
        {
            await node.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task StopAsync(string node)
    {
        if (_nodes.TryRemove(node, out var known)) await known.DisposeAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public NodeSummary? Find(string node) => _nodes.TryGetValue(node, out var known) ? known.Refresh(IsAlone) : null;

    /// <inheritdoc/>
    public PeerSummary[] PeersOf(string node, int skip, int take) => !_nodes.TryGetValue(node, out var known)
        ? []
        : [.. known.LastSeen.Peers.OrderBy(peer => peer.PeerId, StringComparer.Ordinal).Skip(skip).Take(take).Select(peer => new PeerSummary
        {
            PeerId = peer.PeerId,
            Address = peer.Address,
            IsInbound = peer.Inbound,
            Agent = peer.Claims.Agent,
            ConnectedAt = peer.ConnectedAt,
            RoundTripTime = peer.RoundTripTime,
            Band = (PeerBand)peer.Standing,
        })];

    /// <inheritdoc/>
    public async ValueTask<PublishOutcome> PublishAsync(string node, GossipKind kind, byte[] data)
    {
        if (!_nodes.TryGetValue(node, out var known) || known.Lease.IsExpired) throw new InvalidOperationException($"{node} does not run here.");
        var outcome = kind switch
        {
            GossipKind.Block => await known.PublishAsync(ReadBlock(data)).ConfigureAwait(false),
            GossipKind.Transaction => await known.PublishAsync(ReadTransaction(data)).ConfigureAwait(false),
            _ => throw new ArgumentException($"Nodes publish blocks and transactions, not {kind}.", nameof(kind)),
        };
        var isSent = outcome.Result == BroadcastResult.Sent;
        return new PublishOutcome { IsSent = isSent, Peers = outcome.Peers, Reason = isSent ? "" : outcome.Result.ToString() };
    }

    /// <summary>Stops all nodes at once.</summary>
    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_nodes.Keys.Select(StopAsync)).ConfigureAwait(false);
        await _options.Process.RemoveAsync(this).ConfigureAwait(false);
        _options.LeaseHolders.Leave(Holder);
    }

    /// <summary>A node that listened before would let in whom it must not.</summary>
    private async Task WaitForBansAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _access.WhenKnown.WaitAsync(_options.StartTimeout, _time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException e)
        {
            throw new IOException("the fleet's bans are not known yet", e);
        }
    }

    private Block ReadBlock(byte[] data)
    {
        if (!Block.TryDecode(data, out var block, out var error)) throw new ArgumentException($"This is no block: {error}", nameof(data));
        return block.Validate(NowUs()) is var fault and not BlockFault.None ? throw new ArgumentException($"The block breaks a rule: {fault}.", nameof(data)) : block;
    }

    private Transaction ReadTransaction(byte[] data)
    {
        if (!Transaction.TryDecode(data, out var transaction, out var error)) throw new ArgumentException($"This is no transaction: {error}", nameof(data));
        return transaction.IsValid(NowUs()) ? transaction : throw new ArgumentException("The transaction breaks a rule.", nameof(data));
    }

    private ulong NowUs() => (ulong)((_time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Node} was stopped: its lease was not renewed within {Seconds} s")]
    private partial void LogExpired(string node, double seconds);
}
