using System.Buffers.Binary;
using IppanFleet.Grains;
using IppanFleet.Hosting;
using IppanFleet.Hosting.Demo;
using IppanFleet.Hosting.Nodes;
using IppanFleet.Hosting.Storage;
using IppanFleet.P2P.LibP2P;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.TestingHost;

namespace IppanFleet.Testing;

/// <summary>
/// A fleet of real IPPAN nodes inside a test: the product's silos, grains, storage and libp2p stack, in this process, over a network whose faults the test commands.
/// Start it, break it, and say what you expect.
/// </summary>
/// <example><code>
/// await using var fleet = await TestFleet.StartAsync(nodes: 20, silos: 3);
/// var block = await fleet.PublishBlockAsync();
/// await fleet.Expect.AllReceiveAsync(block, within: TimeSpan.FromSeconds(5));
/// </code></example>
public sealed partial class TestFleet : IAsyncDisposable
{
    private readonly FleetData _data = FleetData.InMemory();
    private readonly InProcessTestCluster _cluster;
    private readonly NodeRegistry _registry;
    private readonly Lock _gate = new();
    private readonly List<TestSilo> _silos = [];
    private TestNode[] _nodes = [];
    private int _isDisposed;

    private TestFleet(TestFleetOptions options)
    {
        Options = options;
        Network = new NetworkConditions(options.Seed, options.Time);
        Book = new DeliveryBook();
        _registry = new NodeRegistry(Book);
        _content = new DemoContent(options.Time);
        _random = new Random(options.Seed);
        Expect = new FleetExpectations(this);
        var fleet = FleetOptionsOf(options);
        var builder = new InProcessTestClusterBuilder((short)options.Silos);
        builder.ConfigureSilo((_, silo) => Configure(silo, fleet));
        _cluster = builder.Build();
    }

    /// <summary>What the fleet was made of.</summary>
    public TestFleetOptions Options { get; }

    /// <summary>The network between the nodes.</summary>
    public NetworkConditions Network { get; }

    /// <summary>Awaits what a test expects of the fleet.</summary>
    public FleetExpectations Expect { get; }

    /// <summary>Calls the fleet's grains.</summary>
    public IClusterClient Client => _cluster.Client;

    /// <summary>The nodes that there shall be, up or not, the oldest first.</summary>
    public IReadOnlyList<TestNode> Nodes => Volatile.Read(ref _nodes);

    /// <summary>The silos that are up, the oldest first.</summary>
    public IReadOnlyList<TestSilo> Silos
    {
        get
        {
            lock (_gate) return [.. _silos.Where(silo => silo.IsUp)];
        }
    }

    /// <summary>What became of all that was published.</summary>
    public DeliveryFigures Deliveries => Book.Figures;

    internal DeliveryBook Book { get; }

    private IFleetGrain Grain => Client.GetGrain<IFleetGrain>(FleetKeys.Fleet);

    /// <summary>Starts a fleet over the memory of the process; all of its nodes have joined when this returns.</summary>
    /// <param name="nodes">Logical nodes.</param>
    /// <param name="silos">Silos that they are placed on.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="FleetExpectationException">Nodes did not join in time; the message shows the fleet.</exception>
    public static Task<TestFleet> StartAsync(int nodes = 5, int silos = 1, CancellationToken cancellationToken = default) =>
        StartAsync(new TestFleetOptions { Nodes = nodes, Silos = silos }, cancellationToken);

    /// <summary>Starts a fleet; all of its nodes have joined when this returns.</summary>
    /// <exception cref="FleetExpectationException">Nodes did not join within <see cref="TestFleetOptions.JoinTimeout"/>; the message shows the fleet.</exception>
    public static async Task<TestFleet> StartAsync(TestFleetOptions options, CancellationToken cancellationToken = default)
    {
        if (options.Nodes < 1 || options.Silos is < 1 or > short.MaxValue) throw new ArgumentException($"A fleet has nodes and silos, at least one of each, not {options.Nodes} and {options.Silos}.", nameof(options));
        var fleet = new TestFleet(options);
        try
        {
            await fleet._cluster.DeployAsync().WaitAsync(options.JoinTimeout, options.Time, cancellationToken).ConfigureAwait(false);
            fleet.KnowSilos();
            await fleet.ScaleAsync(options.Nodes, cancellationToken).ConfigureAwait(false);
            return fleet;
        }
        catch
        {
            await fleet.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>The node of that number, counted from 1 as in its name.</summary>
    /// <exception cref="ArgumentException">The fleet has no such node.</exception>
    public TestNode Node(int number) => Nodes.FirstOrDefault(node => node.Name == $"node-{number}") ?? throw new ArgumentException($"There is no node-{number}.", nameof(number));

    /// <summary>Ends all nodes and silos, within <see cref="TestFleetOptions.StopTimeout"/> and whatever state they are in; there are no goodbyes.</summary>
    /// <exception cref="TimeoutException">It took longer.</exception>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) == 1) return;
        _registry.IsClosing = true;
        Network.Clear();
        await EndAsync().WaitAsync(Options.StopTimeout, Options.Time).ConfigureAwait(false);
    }

    private async Task EndAsync()
    {
        await Task.WhenAll(_registry.All.Select(network => network.SeverAsync())).ConfigureAwait(false);
        await Task.WhenAll(_cluster.Silos.Select(silo => _cluster.KillSiloAsync(silo))).ConfigureAwait(false);
        await _cluster.DisposeAsync().ConfigureAwait(false);
        await _data.DisposeAsync().ConfigureAwait(false);
    }

    private void Configure(ISiloBuilder silo, FleetOptions fleet)
    {
        silo.Services.AddSingleton(Options.Time);
        if (Options.LoggerFactory is { } logs) silo.Services.AddSingleton(logs);
        silo.Services.AddSingleton<INodeNetworkFactory>(services => new ObservedNetworks(
            services.GetRequiredService<ILocalSiloDetails>().Name, fleet, services.GetRequiredService<IAccessPolicy>(), Network, _registry, Book, Options.LoggerFactory ?? NullLoggerFactory.Instance));
        silo.AddIppanFleet(fleet);
    }

    private FleetOptions FleetOptionsOf(TestFleetOptions options)
    {
        var seed = new byte[32];
        BinaryPrimitives.WriteInt32LittleEndian(seed, options.Seed);
        return new FleetOptions
        {
            Nodes = options.Nodes,
            Silos = options.Silos,
            Transport = options.Transport,
            Seed = seed,
            Data = _data,
            SupervisionPeriod = options.SupervisionPeriod,
            ConfigureNode = (node, config) =>
            {
                config = config with { BootstrapRetryInterval = options.BootstrapRetryInterval };
                return options.ConfigureNode is { } configure ? configure(node.Name, config) : config;
            },
        };
    }

    private void KnowSilos()
    {
        lock (_gate)
        {
            foreach (var handle in _cluster.Silos)
            {
                if (!_silos.Exists(silo => silo.Handle == handle)) _silos.Add(new TestSilo(this, handle));
            }
        }
    }
}
