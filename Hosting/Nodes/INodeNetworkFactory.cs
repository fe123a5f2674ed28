using IppanFleet.Grains;
using IppanFleet.Libp2p.Identity;
using IppanFleet.P2P;

namespace IppanFleet.Hosting.Nodes;

/// <summary>Makes the networks that nodes take part in.</summary>
public interface INodeNetworkFactory
{
    /// <summary>A network that has yet to be run.</summary>
    /// <param name="spec">What the node shall be.</param>
    /// <param name="identity">The node's key pair.</param>
    /// <param name="siblings">Multiaddrs of running nodes of the fleet.</param>
    INodeNetwork Create(NodeSpec spec, PeerIdentity identity, IReadOnlyList<string> siblings);
}
