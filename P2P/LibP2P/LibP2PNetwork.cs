using IppanFleet.Ippan;
using IppanFleet.Libp2p;
using IppanFleet.Libp2p.Identity;
using IppanFleet.Libp2p.Multiformats;
using IppanFleet.Libp2p.Protocols.GossipSub;
using IppanFleet.Libp2p.Protocols.Identify;
using IppanFleet.Libp2p.Swarm;
using Microsoft.Extensions.Logging;

namespace IppanFleet.P2P.LibP2P;

/// <summary>An IPPAN node on the libp2p network: TCP, Noise, Yamux, Identify, Ping and GossipSub on IPPAN's topics. Thread-safe.</summary>
/// <example><code>
/// await using var network = new LibP2PNetwork(new LibP2PConfig { BootstrapPeers = ["/ip4/…/tcp/9000/p2p/12D3…"] });
/// var running = network.RunAsync(stop);
/// await network.WaitUntilReadyAsync(stop);
/// await foreach (var happened in network.Events) …
/// </code></example>
public sealed partial class LibP2PNetwork : INodeNetwork, IPeerObserver
{
    private static readonly string[] OwnTopics = [IppanTopics.Blocks, IppanTopics.Transactions, IppanTopics.PeerInfo, IppanTopics.DagVertices];

    private const string ProtectionTag = "access";

    private readonly LibP2PConfig _config;
    private readonly HashSet<PeerId> _protected = [];
    private readonly Libp2pHost _host;
    private readonly GossipSubProtocol _gossip;
    private readonly EventQueue _events;
    private readonly PeerTallies _tallies = new();
    private readonly IDisposable? _metrics;
    private readonly PeerIdentity? _ownIdentity;
    private readonly List<Multiaddr> _bootstrap;
    private readonly ILogger _logger;
    private readonly TaskCompletionSource _listening = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _started;

    /// <summary>A network that does nothing before <see cref="RunAsync"/>.</summary>
    /// <param name="config">How it takes part.</param>
    /// <param name="identity">Who it is; default: the identity of <see cref="LibP2PConfig.IdentityKeyPath"/>, else a new random one.</param>
    /// <exception cref="ArgumentException">Both an identity and a file of one were given.</exception>
    /// <exception cref="IdentityFileException">The file of the identity cannot be used; the message says which file and what to do.</exception>
    /// <exception cref="FormatException">An address of <paramref name="config"/> is no multiaddr; the message says which.</exception>
    /// <exception cref="PlatformNotSupportedException">libcrypto 3 is missing.</exception>
    public LibP2PNetwork(LibP2PConfig config, PeerIdentity? identity = null)
    {
        if (identity is not null && config.IdentityKeyPath is not null) throw new ArgumentException($"Either an identity or {nameof(LibP2PConfig.IdentityKeyPath)}, not both.", nameof(identity));
        _config = config;
        _bootstrap = [.. config.BootstrapPeers.Select(Multiaddr.Parse)];
        _logger = config.LoggerFactory.CreateLogger<LibP2PNetwork>();
        _events = new EventQueue(config.EventCapacity);
        IReadOnlyList<Multiaddr> listen = [.. config.ListenAddresses.Select(Multiaddr.Parse)];
        _ownIdentity = config.IdentityKeyPath is { } file ? IdentityFile.LoadOrCreate(file) : null;
        _host = new Libp2pHost(new Libp2pHostOptions
        {
            Identity = identity ?? _ownIdentity,
            ListenAddresses = listen,
            MemoryNetwork = config.MemoryNetwork,
            TransportDecorator = config.TransportDecorator,
            Swarm = new SwarmOptions { IdleConnectionTimeout = config.IdleConnectionTimeout, Gater = config.Access },
            Identify = new IdentifyOptions { ProtocolVersion = config.ProtocolVersion, AgentVersion = config.AgentVersion },
            ServePerf = config.ServePerf,
            Time = config.Time,
            LoggerFactory = config.LoggerFactory,
        });
        var gossip = new GossipSubOptions { HeartbeatInterval = config.GossipHeartbeat, SeenTtl = config.SeenTime, MaxMessageSize = NetworkMessage.MaxBytes, MessageIdFunction = Blake3OfData };
        _gossip = new GossipSubProtocol(_host.Swarm, gossip, new IppanMessages(config, _events.Add, _tallies), config.LoggerFactory.CreateLogger<GossipSubProtocol>());
        _metrics = config.GossipMetrics?.Attach(config.NodeName, _gossip);
        _host.Add(_gossip);
        _host.Add(this);
    }

    /// <summary>Who the node is.</summary>
    public PeerIdentity Identity => _host.Identity;

    /// <inheritdoc/>
    public string PeerId => _host.Id.ToString();

    /// <inheritdoc/>
    public IReadOnlyList<string> Addresses => [.. _host.Addresses.Select(a => a.ToString())];

    /// <inheritdoc/>
    public IAsyncEnumerable<NetworkEvent> Events => _events.All;

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _started, 1) == 1) throw new InvalidOperationException("A network runs once; make a new one.");
        try
        {
            foreach (var topic in OwnTopics) _gossip.Subscribe(new Topic(topic));
            foreach (var topic in _config.GossipTopics) _gossip.Subscribe(new Topic(topic));
            await _host.StartAsync(cancellationToken).ConfigureAwait(false);
            _listening.TrySetResult();
            if (_bootstrap.Count == 0) _ready.TrySetResult();
            await BootstrapAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // This is how a network is stopped.
        }
        catch (Exception e)
        {
            _listening.TrySetException(e);
            _ready.TrySetException(e);
            throw;
        }
        finally
        {
            await StopAsync().ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public Task WaitUntilListeningAsync(CancellationToken cancellationToken = default) => _listening.Task.WaitAsync(cancellationToken);

    /// <inheritdoc/>
    public Task WaitUntilReadyAsync(CancellationToken cancellationToken = default) => _ready.Task.WaitAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask<BroadcastOutcome> BroadcastBlockAsync(Block block, CancellationToken cancellationToken = default) =>
        PublishAsync(IppanTopics.Blocks, new NetworkMessage.BlockMessage(block).Encode(), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<BroadcastOutcome> BroadcastTransactionAsync(Transaction transaction, CancellationToken cancellationToken = default) =>
        PublishAsync(IppanTopics.Transactions, new NetworkMessage.TransactionMessage(transaction).Encode(), cancellationToken);

    /// <summary>Tells the network where the node listens.</summary>
    public ValueTask<BroadcastOutcome> BroadcastPeerInfoAsync(Ippan.PeerInfo info, CancellationToken cancellationToken = default) =>
        PublishAsync(IppanTopics.PeerInfo, new NetworkMessage.PeerInfoMessage(info).Encode(), cancellationToken);

    /// <summary>Publishes data on any gossip topic, subscribing to it first. Waits while all peers are slow.</summary>
    public async ValueTask<BroadcastOutcome> PublishAsync(string topic, ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default)
    {
        var named = new Topic(topic);
        _gossip.Subscribe(named);
        var outcome = await _gossip.PublishAsync(named, data, cancellationToken).ConfigureAwait(false);
        return new BroadcastOutcome(outcome.Status switch
        {
            PublishStatus.Published => BroadcastResult.Sent,
            PublishStatus.Duplicate => BroadcastResult.Duplicate,
            PublishStatus.TooLarge => BroadcastResult.TooLarge,
            PublishStatus.QueuesFull => BroadcastResult.Congested,
            _ => BroadcastResult.NoPeers,
        }, outcome.Peers);
    }

    /// <inheritdoc/>
    public Task DialAsync(string address, CancellationToken cancellationToken = default) => _host.Swarm.DialAsync(Multiaddr.Parse(address), cancellationToken);

    /// <summary>One round trip to a connected peer.</summary>
    /// <exception cref="IOException">Not connected, or no right answer.</exception>
    public Task<TimeSpan> PingAsync(string peerId, CancellationToken cancellationToken = default) => _host.Ping.PingAsync(Libp2p.Identity.PeerId.Parse(peerId), cancellationToken);

    /// <inheritdoc/>
    public void ApplyAccess(IReadOnlyCollection<string> protectedPeers)
    {
        lock (_protected)
        {
            var wanted = new HashSet<PeerId>();
            foreach (var text in protectedPeers)
            {
                if (Libp2p.Identity.PeerId.TryParse(text, out var peer)) wanted.Add(peer);
            }
            foreach (var peer in wanted.Except(_protected)) _host.Swarm.Manager.Protect(peer, ProtectionTag);
            foreach (var peer in _protected.Except(wanted)) _host.Swarm.Manager.Unprotect(peer, ProtectionTag);
            _protected.Clear();
            _protected.UnionWith(wanted);
        }
        _host.Swarm.CloseRefused();
    }

    /// <inheritdoc/>
    public NodeNetworkSnapshot Snapshot()
    {
        var statistics = _gossip.Statistics;
        var misbehaving = _gossip.Misbehaving;
        return new NodeNetworkSnapshot
        {
            Peers = [.. _host.Swarm.Peers.Select(_host.Swarm.FindConnection).OfType<PeerConnection>().Select(connection => Describe(connection, misbehaving))],
            Topics = [.. _gossip.Topics.Select(Describe)],
            Published = statistics.Published,
            Delivered = statistics.Accepted,
            Duplicates = statistics.Duplicates,
            Rejected = statistics.Rejected + statistics.Invalid + statistics.KnownRejected,
            EventsDropped = _events.Dropped,
        };
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync().ConfigureAwait(false);
        GC.SuppressFinalize(this);
    }

    void IPeerObserver.PeerConnected(PeerId peer, PeerConnection connection)
    {
        _tallies.Connected(peer);
        _events.Add(new NetworkEvent.PeerConnected(peer.ToString(), connection.RemoteAddress.ToString(), connection.Direction == Direction.Inbound) { At = _config.Time.GetUtcNow() });
        if (_listening.Task.IsCompletedSuccessfully) _ready.TrySetResult();
    }

    void IPeerObserver.PeerIdentified(PeerId peer, Libp2p.Swarm.PeerInfo info)
    {
        _tallies.Identified(peer, info);
    }

    void IPeerObserver.PeerDisconnected(PeerId peer)
    {
        _tallies.Disconnected(peer);
        _events.Add(new NetworkEvent.PeerDisconnected(peer.ToString()) { At = _config.Time.GetUtcNow() });
    }

    private static MessageId Blake3OfData(MessageContent content)
    {
        Span<byte> hash = stackalloc byte[Blake3.HashSize];
        Blake3.Hash(content.Data, hash);
        return new MessageId(hash);
    }

    /// <summary>Dials all bootstrap peers at once, and again each interval those that are not connected: the two halves of a network that was cut find each other again only so.</summary>
    private async Task BootstrapAsync(CancellationToken cancellationToken)
    {
        var rounds = 0;
        while (true)
        {
            var isAlone = _host.Swarm.ConnectionCount == 0;
            rounds = isAlone ? rounds + 1 : 0;
            if (!isAlone || _config.BootstrapMaxRetries == 0 || rounds <= _config.BootstrapMaxRetries + 1)
            {
                await Task.WhenAll(_bootstrap.Select(address => DialBootstrapAsync(address, isAlone, cancellationToken))).ConfigureAwait(false);
            }
            await Task.Delay(_config.BootstrapRetryInterval, _config.Time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>While other peers are there, an address that fails is left alone for longer and longer, and nobody is warned.</summary>
    private async Task DialBootstrapAsync(Multiaddr address, bool isAlone, CancellationToken cancellationToken)
    {
        if (address.PeerId == _host.Id) return;
        try
        {
            if (isAlone) await _host.Swarm.DialAsync(address, cancellationToken).ConfigureAwait(false);
            else if (address.PeerId is { } peer) await _host.Swarm.DialAsync(peer, [address], cancellationToken).ConfigureAwait(false);
        }
        catch (SwarmException e)
        {
            if (isAlone) BootstrapFailed(_logger, address, e.Message);
        }
    }

    private async Task StopAsync()
    {
        _metrics?.Dispose();
        await _gossip.DisposeAsync().ConfigureAwait(false);
        await _host.DisposeAsync().ConfigureAwait(false);
        _ownIdentity?.Dispose();
        _listening.TrySetCanceled();
        _ready.TrySetCanceled();
        _events.Complete();
    }

    private PeerSnapshot Describe(PeerConnection connection, IReadOnlyDictionary<PeerId, PeerConduct> misbehaving)
    {
        var peer = connection.RemotePeer;
        var tally = _tallies.Of(peer);
        PeerConduct? conduct = misbehaving.TryGetValue(peer, out var held) ? held : null;
        return new PeerSnapshot
        {
            PeerId = peer.ToString(),
            Address = connection.RemoteAddress.ToString(),
            Inbound = connection.Direction == Direction.Inbound,
            Claims = tally.Claims,
            Standing = conduct switch
            {
                null => PeerStanding.Good,
                { IsGraylisted: true } => PeerStanding.Ignored,
                { IsTrusted: false } => PeerStanding.Untrusted,
                _ => PeerStanding.Suspect,
            },
            Penalty = conduct?.Penalty ?? 0,
            Accepted = Interlocked.Read(ref tally.Accepted),
            Rejected = Interlocked.Read(ref tally.Rejected),
            ConnectedAt = connection.OpenedAt,
            RoundTripTime = connection.RoundTripTime,
        };
    }

    private TopicSnapshot Describe(Topic topic)
    {
        var (accepted, duplicates) = _gossip.CountsOf(topic);
        return new TopicSnapshot
        {
            Topic = topic.Name,
            Mesh = [.. _gossip.MeshPeers(topic).Select(peer => peer.ToString())],
            Subscribers = _gossip.Subscribers(topic).Count,
            Accepted = accepted,
            Duplicates = duplicates,
        };
    }

    [LoggerMessage(40, LogLevel.Warning, "Bootstrap peer {Address} could not be reached: {Reason}")]
    private static partial void BootstrapFailed(ILogger logger, Multiaddr address, string reason);
}
