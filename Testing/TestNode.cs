using IppanFleet.P2P;

namespace IppanFleet.Testing;

/// <summary>A logical node of a <see cref="TestFleet"/>; the same object through all of the node's lives.</summary>
public sealed class TestNode
{
    private readonly NodeRegistry _registry;
    private volatile string _peerId = "";

    internal TestNode(string name, NodeRegistry registry) => (Name, _registry) = (name, registry);

    /// <summary>The node's name, such as <c>node-3</c>.</summary>
    public string Name { get; }

    /// <summary>Its base58 peer id, which all of its lives share; empty before the first.</summary>
    public string PeerId => Network is { } network ? _peerId = network.PeerId : _peerId;

    /// <summary>Whether it runs and listens.</summary>
    public bool IsUp => Network is { IsUp: true };

    /// <summary>Whether it takes part in the network: it is in a mesh of blocks and in one of transactions.</summary>
    public bool IsJoined => Network is { IsJoined: true };

    /// <summary>Whether the test has killed it and not restarted it.</summary>
    public bool IsKilled => _registry.IsDead(Name);

    /// <summary>The silo that it runs in; empty while it does not run.</summary>
    public string Silo => Network?.Silo ?? "";

    /// <summary>Where it can be dialed; empty while it does not listen.</summary>
    public IReadOnlyList<string> Addresses => Network?.Addresses ?? [];

    /// <summary>Peers, meshes and counts of its present life; null while it does not run.</summary>
    public NodeNetworkSnapshot? Snapshot() => Network?.Snapshot();

    internal ObservedNetwork? Network => _registry.Find(Name);

    /// <inheritdoc/>
    public override string ToString() => Name;
}
