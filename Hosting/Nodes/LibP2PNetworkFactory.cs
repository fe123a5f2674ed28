using IppanFleet.Grains;
using IppanFleet.Libp2p.Identity;
using IppanFleet.P2P;
using IppanFleet.P2P.LibP2P;
using Microsoft.Extensions.Logging;

namespace IppanFleet.Hosting.Nodes;

/// <summary>Makes libp2p networks, as <see cref="FleetOptions"/> say.</summary>
public sealed class LibP2PNetworkFactory(FleetOptions options, IAccessPolicy access, TimeProvider time, ILoggerFactory logs) : INodeNetworkFactory
{
    /// <inheritdoc/>
    public INodeNetwork Create(NodeSpec spec, PeerIdentity identity, IReadOnlyList<string> siblings)
    {
        var timings = options.UpstreamTimings ? LibP2PConfig.Upstream : new LibP2PConfig();
        var config = timings with
        {
            ListenAddresses = spec.Listen,
            BootstrapPeers = [.. siblings, .. spec.Bootstrap],
            MemoryNetwork = options.Transport == FleetTransport.Memory ? options.MemoryNetwork : null,
            GossipMetrics = options.Process.GossipMetrics,
            NodeName = spec.Name,
            Access = access,
            Time = time,
            LoggerFactory = logs,
        };
        return new LibP2PNetwork(options.ConfigureNode is { } configure ? configure(spec, config) : config, identity);
    }
}
