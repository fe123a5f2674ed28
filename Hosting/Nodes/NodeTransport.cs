using IppanFleet.Grains;
using IppanFleet.Ippan;
using IppanFleet.Libp2p.Identity;
using IppanFleet.P2P;
using Microsoft.Extensions.Logging;

namespace IppanFleet.Hosting.Nodes;

/// <summary>One logical node in this silo: it owns the node's network, runs it, and passes on what it hears.</summary>
internal sealed partial class NodeTransport : IAsyncDisposable
{
    private static readonly string[] NeededTopics = [IppanTopics.Blocks, IppanTopics.Transactions];

    /// <summary>Three of GossipSub's heartbeats: a node that nobody has taken into a mesh by then needs other peers.</summary>
    private static readonly TimeSpan JoinPatience = TimeSpan.FromSeconds(3);

    private readonly NodeEvents _events;
    private readonly TimeProvider _time;
    private readonly FleetOptions _options;
    private readonly ILogger _log;
    private readonly CancellationTokenSource _stop = new();
    private Task _life = Task.CompletedTask;
    private volatile string _fault = "";
    private string _oldestMet = "";
    private long _listeningSince;
    private volatile bool _isListening;
    private volatile bool _isAlone;
    private volatile NodeSummary _summary;
    private volatile NodeNetworkSnapshot _lastSeen = new() { Peers = [], Topics = [] };

    internal NodeTransport(NodeSpec spec, PeerIdentity identity, Lease lease, INodeNetwork network, NodeEvents events, FleetOptions options, TimeProvider time, ILogger log)
    {
        (Name, Identity, Lease, Network, _events, _options, _time, _log) = (spec.Name, identity, lease, network, events, options, time, log);
        _summary = new NodeSummary { Name = Name, PeerId = network.PeerId };
    }

    internal string Name { get; }

    /// <summary>The node's key pair.</summary>
    internal PeerIdentity Identity { get; }

    /// <summary>The right to run it.</summary>
    internal Lease Lease { get; }

    internal INodeNetwork Network { get; }

    /// <summary>The node as it was at the last <see cref="Refresh"/>.</summary>
    internal NodeSummary Summary => _summary;

    /// <summary>Its network as it was then.</summary>
    internal NodeNetworkSnapshot LastSeen => _lastSeen;

    internal bool IsJoined => _summary.Phase == NodePhase.Joined;

    /// <summary>Whether the node has ever taken part in the network.</summary>
    internal bool HasJoined { get; private set; }

    /// <summary>Starts the network; ends once it listens.</summary>
    /// <exception cref="IOException">It cannot listen.</exception>
    internal async Task<NodeAnnouncement> StartAsync(CancellationToken cancellationToken)
    {
        var run = Network.RunAsync(_stop.Token);
        _life = LiveAsync(run);
        try
        {
            await Network.WaitUntilListeningAsync(cancellationToken).WaitAsync(_options.StartTimeout, _time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException e)
        {
            throw new IOException($"{Name} does not listen after {_options.StartTimeout.TotalSeconds:0} s", e);
        }

        _listeningSince = _time.GetTimestamp();
        _isListening = true;
        return new NodeAnnouncement { Name = Name, PeerId = Network.PeerId, Addresses = [.. Network.Addresses] };
    }

    /// <summary>Takes in the network's state.</summary>
    /// <param name="isAlone">Whether the node is the only one that there shall be: then it need not wait for peers.</param>
    internal NodeSummary Refresh(bool isAlone)
    {
        var now = Network.Snapshot();
        (_lastSeen, _isAlone) = (now, isAlone);
        var isJoined = _fault.Length == 0 && Network.Addresses.Count > 0 && (isAlone || Array.TrueForAll(NeededTopics, topic => MeshOf(now, topic) > 0));
        HasJoined |= isJoined;
        return _summary = new NodeSummary
        {
            Name = Name,
            PeerId = Network.PeerId,
            Addresses = [.. Network.Addresses],
            Phase = _fault.Length > 0 ? NodePhase.Failed : isJoined ? NodePhase.Joined : NodePhase.Starting,
            Peers = now.Peers.Count,
            Meshes = [.. now.Topics.Select(topic => new MeshSummary { Topic = topic.Topic, Peers = topic.Mesh.Count })],
            Published = now.Published,
            Delivered = now.Delivered,
            Duplicates = now.Duplicates,
            Rejected = now.Rejected,
            EventsDropped = now.EventsDropped,
            Fault = _fault,
        };
    }

    /// <summary>Publishes a block, which then is kept and passed on like one that arrived.</summary>
    internal async ValueTask<BroadcastOutcome> PublishAsync(Block block)
    {
        var outcome = await Network.BroadcastBlockAsync(block).ConfigureAwait(false);
        if (IsAccepted(outcome)) _events.TakeOwn(Name, block, _time.GetUtcNow());
        return outcome;
    }

    /// <summary>Publishes a transaction, which then is passed on like one that arrived.</summary>
    internal async ValueTask<BroadcastOutcome> PublishAsync(Transaction transaction)
    {
        var outcome = await Network.BroadcastTransactionAsync(transaction).ConfigureAwait(false);
        if (IsAccepted(outcome)) _events.TakeOwn(Name, transaction, _time.GetUtcNow());
        return outcome;
    }

    /// <summary>
    /// Dials siblings that the node is not connected to: the first of them when it did not meet that one before, so that all nodes have one acquaintance in common, and the others
    /// while it has fewer peers than <paramref name="wanted"/>, or peers whose meshes have no room for it. A sibling that cannot be reached is passed over.
    /// </summary>
    internal async Task MeetAsync(string[] siblings, int wanted)
    {
        if (!_isListening || _fault.Length > 0 || Lease.IsExpired) return;
        // As they were within the last second: who came since is only dialed in vain.
        var connected = LastSeen.Peers.Select(peer => peer.PeerId).Append(Network.PeerId).ToHashSet(StringComparer.Ordinal);
        var isLonely = connected.Count - 1 < wanted || (!IsJoined && _time.GetElapsedTime(_listeningSince) >= JoinPatience);
        if (!isLonely && siblings[0] == _oldestMet) return;
        var strangers = siblings.Take(isLonely ? siblings.Length : 1).Where(address => !connected.Contains(address[(address.LastIndexOf('/') + 1)..]));
        var missed = await Task.WhenAll(strangers.Select(MissesAsync)).ConfigureAwait(false);
        if (!missed.Contains(siblings[0])) _oldestMet = siblings[0];
    }

    /// <summary>Leaves the network and frees its addresses.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        try
        {
            await _life.WaitAsync(_options.StopTimeout, _time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            LogSlow(Name, _options.StopTimeout.TotalSeconds);
        }

        await Network.DisposeAsync().ConfigureAwait(false);
        Identity.Dispose();
        _stop.Dispose();
    }

    /// <summary>Whether the network has the message now. A node that is the whole network accepts what it publishes itself.</summary>
    private bool IsAccepted(BroadcastOutcome outcome) => outcome.Result == BroadcastResult.Sent || (_isAlone && outcome.Result == BroadcastResult.NoPeers);

    /// <summary>The address when it could not be reached, else null.</summary>
    private async Task<string?> MissesAsync(string address)
    {
        try
        {
            using var deadline = new CancellationTokenSource(_options.StartTimeout, _time);
            await Network.DialAsync(address, deadline.Token).ConfigureAwait(false);
            return null;
        }
        catch (Exception e)
        {
            LogNotMet(Name, address, e.Message);
            return address;
        }
    }

    private static int MeshOf(NodeNetworkSnapshot snapshot, string topic)
    {
        foreach (var known in snapshot.Topics)
        {
            if (known.Topic == topic) return known.Mesh.Count;
        }

        return 0;
    }

    private async Task LiveAsync(Task run)
    {
        try
        {
            var pump = PumpAsync();
            await (await Task.WhenAny(run, pump).ConfigureAwait(false)).ConfigureAwait(false);
            await run.ConfigureAwait(false);
            await pump.ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The node was stopped.
        }
        catch (Exception e)
        {
            _fault = e.Message;
            // Who could not even begin tells it to the caller of StartAsync.
            if (_isListening) LogFault(Name, e.Message);
        }
    }

    private async Task PumpAsync()
    {
        await foreach (var heard in Network.Events.WithCancellation(_stop.Token).ConfigureAwait(false)) _events.Take(Name, heard);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Node} lost its network: {Reason}")]
    private partial void LogFault(string node, string reason);

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Node} could not reach its sibling {Address}: {Reason}")]
    private partial void LogNotMet(string node, string address, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Node} did not leave its network within {Seconds} s")]
    private partial void LogSlow(string node, double seconds);
}
