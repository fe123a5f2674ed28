using IppanFleet.Libp2p.Identity;

namespace IppanFleet.Hosting.Identities;

/// <summary>Who the nodes are: derived from the seed when there is one, else kept in the data folder, else new with each run. Secrets are neither logged nor answered.</summary>
internal sealed class NodeIdentities(FleetOptions options)
{
    /// <summary>The key pair of that name.</summary>
    /// <exception cref="Storage.DataFault">It is kept in a file that cannot be read or written.</exception>
    internal PeerIdentity Of(string name) =>
        options.Seed.IsEmpty && options.Data?.Identities is { } files ? files.Of(name) : PeerIdentity.Derive((options.Seed.IsEmpty ? options.RunSeed : options.Seed).Span, name);
}
