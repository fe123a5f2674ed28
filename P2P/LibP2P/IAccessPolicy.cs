using IppanFleet.Libp2p.Identity;
using IppanFleet.Libp2p.Swarm;

namespace IppanFleet.P2P.LibP2P;

/// <summary>Says whom a node deals with: who may connect, and whose messages it takes. Asked on the network's own threads: answer at once.</summary>
public interface IAccessPolicy : IConnectionGater
{
    /// <summary>Whether messages that <paramref name="author"/> signed are taken, whoever brings them. They are not held against those who do.</summary>
    bool AllowAuthor(PeerId author) => true;
}
