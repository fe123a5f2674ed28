using System.Security.Cryptography;
using IppanFleet.Grains;
using IppanFleet.Hosting.Engines;
using IppanFleet.Hosting.Nodes;
using IppanFleet.Hosting.Reports;
using IppanFleet.Hosting.Silos;
using IppanFleet.Hosting.Storage;
using IppanFleet.Libp2p.Transports.Memory;
using IppanFleet.P2P.LibP2P;

namespace IppanFleet.Hosting;

/// <summary>What carries the nodes' connections.</summary>
public enum FleetTransport
{
    /// <summary>TCP sockets.</summary>
    Tcp,

    /// <summary>The memory of this process: no socket is opened, everything above it is the same.</summary>
    Memory,
}

/// <summary>The Orleans engine that this was built with.</summary>
public static class FleetEngine
{
    /// <summary>Its name: <c>embedded</c> or <c>microsoft</c>.</summary>
    public static string Name => ClusterBackend.Name;

    /// <summary>Whether a process may have several silos.</summary>
    public static bool HasSeveralSilos => ClusterBackend.HasSeveralSilos;
}

/// <summary>What a silo of the fleet is to do. Every bound is an option with a default.</summary>
public sealed record FleetOptions
{
    private readonly LeaseHolders _ownHolders = new(hasProcessAlone: false);

    /// <summary>Logical nodes that a new fleet has. Default 5.</summary>
    public int Nodes { get; init; } = 5;

    /// <summary>Silos in this process. Default 1; more than one with the embedded engine only, and with <see cref="Data"/> that they share.</summary>
    public int Silos { get; init; } = 1;

    /// <summary>What carries connections. Default TCP.</summary>
    public FleetTransport Transport { get; init; }

    /// <summary>Multiaddrs that the first node listens on. Default: as the others, on loopback at random ports.</summary>
    public IReadOnlyList<string> FirstListen { get; init; } = [];

    /// <summary>Multiaddrs of peers outside of the fleet that every node starts from. Default: none.</summary>
    public IReadOnlyList<string> Bootstrap { get; init; } = [];

    /// <summary>The secret that identities are derived from, with each node's name; at least 16 bytes. Default: none; identities are kept in <see cref="Data"/>, or are new with each run.</summary>
    public ReadOnlyMemory<byte> Seed { get; init; }

    /// <summary>Where the fleet's state is kept, shared by the silos of a process. Default: none; state is in the silo's memory.</summary>
    public FleetData? Data { get; init; }

    /// <summary>Has the last word on how a node's network is configured, such as its timings or what stands around its transports. Default: nothing is changed.</summary>
    public Func<NodeSpec, LibP2PConfig, LibP2PConfig>? ConfigureNode { get; init; }

    /// <summary>Whether nodes have upstream's timings. Default: no.</summary>
    public bool UpstreamTimings { get; init; }

    /// <summary>The network that <see cref="FleetTransport.Memory"/> uses; silos of one process that share it reach each other. Default: one's own.</summary>
    public MemoryNetwork MemoryNetwork { get; init; } = new();

    /// <summary>The built-in generator of blocks and transactions; null: none.</summary>
    public DemoOptions? Demo { get; init; }

    /// <summary>How long blocks are kept for those who ask for them, and how many.</summary>
    public BlockOptions Blocks { get; init; } = new();

    /// <summary>How long what is known of peers is kept, and of how many.</summary>
    public PeerRecordOptions PeerRecords { get; init; } = new();

    /// <summary>How a silo tells grains what its nodes' peers and topics do.</summary>
    public ReportOptions Reports { get; init; } = new();

    /// <summary>How the way from the nodes to the streams is bounded.</summary>
    public GossipOptions Gossip { get; init; } = new();

    /// <summary>How often the fleet is reconciled and this silo's summary is told. Default 1 s.</summary>
    public TimeSpan SupervisionPeriod { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a node runs on without hearing from storage that it is still this silo's. Default 10 s.</summary>
    public TimeSpan LeaseTime { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a node's network may take until it listens. Default 10 s.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a node's network may take to leave. Default 2 s.</summary>
    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>What a request must show as <c>Authorization: Bearer …</c> to change something over HTTP. Default: none; nothing can be changed.</summary>
    public string? AdminToken { get; init; }

    /// <summary>What the silos of this process that share these options have in common.</summary>
    internal ProcessSilos Process { get; } = new();

    /// <summary>Who may run nodes, among the silos that share these options or <see cref="Data"/>.</summary>
    internal LeaseHolders LeaseHolders => Data?.LeaseHolders ?? _ownHolders;

    /// <summary>Stands in for a seed when identities need not outlive the process.</summary>
    internal ReadOnlyMemory<byte> RunSeed { get; } = RandomNumberGenerator.GetBytes(32);

    /// <summary>Nodes that have a metric series of their own; the rest share one. Default 64.</summary>
    public int NodeSeries { get; init; } = 64;

    /// <summary>Only what this is: what it holds is partly secret.</summary>
    public override string ToString() => nameof(FleetOptions);
}

/// <summary>What the built-in generator does.</summary>
public sealed record DemoOptions
{
    /// <summary>Blocks a second over the whole fleet, and as many transactions. Default 2.</summary>
    public double Rate { get; init; } = 2;

    /// <summary>Transactions in a block. Default 5.</summary>
    public int TransactionsPerBlock { get; init; } = 5;
}

/// <summary>Bounds of the way from the nodes to the streams.</summary>
public sealed record GossipOptions
{
    /// <summary>Message ids that a silo remembers. Default 65,536.</summary>
    public int SeenCapacity { get; init; } = 65_536;

    /// <summary>How long it remembers one. Default 120 s, as long as the nodes themselves.</summary>
    public TimeSpan SeenTime { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>Messages that may wait. Default 8,192.</summary>
    public int QueueItems { get; init; } = 8_192;

    /// <summary>Bytes that may wait. Default 64 MiB.</summary>
    public long QueueBytes { get; init; } = 64L << 20;

    /// <summary>Messages in a batch. Default 256.</summary>
    public int BatchItems { get; init; } = 256;

    /// <summary>Bytes in a batch of several messages; a larger message travels alone. Default 64 KiB.</summary>
    public int BatchBytes { get; init; } = 65_536;

    /// <summary>How long a message waits for company. Default 20 ms.</summary>
    public TimeSpan Linger { get; init; } = TimeSpan.FromMilliseconds(20);

    /// <summary>Streams that batches are on their way to at once. Default 8.</summary>
    public int StreamsInFlight { get; init; } = 8;

    /// <summary>How often a refused batch is tried before it is given up. Default 5.</summary>
    public int Attempts { get; init; } = 5;
}
