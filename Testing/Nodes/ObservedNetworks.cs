using IppanFleet.Grains;
using IppanFleet.Hosting;
using IppanFleet.Hosting.Nodes;
using IppanFleet.Libp2p.Identity;
using IppanFleet.Libp2p.Transports;
using IppanFleet.P2P;
using IppanFleet.P2P.LibP2P;
using Microsoft.Extensions.Logging;

namespace IppanFleet.Testing;

/// <summary>Makes the networks of one silo's nodes: the product's own, within the test's conditions and watched by it.</summary>
internal sealed class ObservedNetworks(string silo, FleetOptions options, IAccessPolicy access, NetworkConditions conditions, NodeRegistry registry, DeliveryBook book, ILoggerFactory logs) : INodeNetworkFactory
{
    public INodeNetwork Create(NodeSpec spec, PeerIdentity identity, IReadOnlyList<string> siblings)
    {
        registry.ThrowIfUnwanted(spec.Name);
        List<FaultyTransport> transports = [];
        var faulty = options with { ConfigureNode = (node, config) => (options.ConfigureNode?.Invoke(node, config) ?? config) with { TransportDecorator = Decorate } };
        var network = new LibP2PNetworkFactory(faulty, access, conditions.Time, logs).Create(spec, identity, siblings);
        return new ObservedNetwork(spec.Name, silo, identity, network, transports, registry, book);

        ITransport Decorate(ITransport inner)
        {
            var transport = conditions.Wrap(spec.Name, inner);
            transports.Add(transport);
            return transport;
        }
    }
}
