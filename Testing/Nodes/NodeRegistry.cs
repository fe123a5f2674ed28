using System.Collections.Concurrent;

namespace IppanFleet.Testing;

/// <summary>Which nodes run, in which silo, and which of them the test keeps dead. Thread-safe.</summary>
internal sealed class NodeRegistry(DeliveryBook book)
{
    private readonly ConcurrentDictionary<string, ObservedNetwork> _running = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> _dead = new(StringComparer.Ordinal);

    /// <summary>Once set, no node starts any more.</summary>
    internal bool IsClosing { get; set; }

    internal ObservedNetwork? Find(string node) => _running.GetValueOrDefault(node);

    internal bool IsDead(string node) => _dead.ContainsKey(node);

    internal void KeepDead(string node) => _dead[node] = true;

    internal void LetLive(string node) => _dead.TryRemove(node, out _);

    /// <exception cref="IOException">The test wants it dead.</exception>
    internal void ThrowIfUnwanted(string node)
    {
        if (IsClosing) throw new IOException($"{node} does not start: the fleet is being disposed of");
        if (IsDead(node)) throw new IOException($"{node} does not start: the test has killed it");
    }

    internal void Started(ObservedNetwork network) => _running[network.Name] = network;

    /// <summary>A node's network is no more; the same node may run elsewhere already.</summary>
    internal void Ended(ObservedNetwork network)
    {
        if (_running.TryRemove(new(network.Name, network))) book.WentDown(network.Name);
    }

    internal IEnumerable<ObservedNetwork> In(string silo) => _running.Values.Where(network => network.Silo == silo);

    internal IEnumerable<ObservedNetwork> All => _running.Values;
}
