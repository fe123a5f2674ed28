using IppanFleet.Hosting;
using IppanFleet.P2P.LibP2P;
using Microsoft.Extensions.Logging;

namespace IppanFleet.Testing;

/// <summary>What a <see cref="TestFleet"/> is made of.</summary>
public sealed record TestFleetOptions
{
    /// <summary>Logical nodes. Default 5.</summary>
    public int Nodes { get; init; } = 5;

    /// <summary>Silos that they are placed on. Default 1.</summary>
    public int Silos { get; init; } = 1;

    /// <summary>What carries the nodes' connections; everything above it is the same. Default: the memory of the process. TCP uses loopback and random ports.</summary>
    public FleetTransport Transport { get; init; } = FleetTransport.Memory;

    /// <summary>What the nodes' identities, the network's chances and the fleet's choices follow from. Default 0.</summary>
    public int Seed { get; init; }

    /// <summary>Has the last word on a node's network, by the node's name. Default: the product's own configuration.</summary>
    public Func<string, LibP2PConfig, LibP2PConfig>? ConfigureNode { get; init; }

    /// <summary>How often the fleet is reconciled, which is when nodes that are gone are brought back. Default 100 ms, where the product has 1 s.</summary>
    public TimeSpan SupervisionPeriod { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How often a node dials the peers that it began with and lost. Default 1 s, where the product has 30 s.</summary>
    public TimeSpan BootstrapRetryInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long nodes may take to join: at the start, after a restart, after scaling. Default 60 s.</summary>
    public TimeSpan JoinTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long the end of the fleet may take. Default 15 s.</summary>
    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>The clock and timers. Default: the system's.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Where the silos' and nodes' logs go. Default: nowhere.</summary>
    public ILoggerFactory? LoggerFactory { get; init; }
}
