namespace IppanFleet.Testing;

/// <content>What a test does to the fleet.</content>
public sealed partial class TestFleet
{
    /// <summary>Separates two groups of nodes: see <see cref="NetworkConditions.Partition(IEnumerable{string}, IEnumerable{string}, PartitionKind)"/>.</summary>
    public void Partition(IEnumerable<TestNode> left, IEnumerable<TestNode> right, PartitionKind kind = PartitionKind.Blackhole) =>
        Network.Partition(left.Select(node => node.Name), right.Select(node => node.Name), kind);

    /// <summary>Ends all partitions.</summary>
    public void Heal() => Network.Heal();

    /// <summary>Delays what is sent, each way: see <see cref="NetworkConditions.Latency"/>.</summary>
    public void Latency(TimeSpan min, TimeSpan max) => Network.Latency(min, max);

    /// <summary>Loses a share of what is sent, which then comes later: see <see cref="NetworkConditions.Loss"/>.</summary>
    public void Loss(double share) => Network.Loss(share);

    /// <summary>Kills a node as a crash would: its connections end in the middle of whatever they carry. It stays dead until it is restarted. Nothing happens to one that is dead.</summary>
    public async Task KillAsync(TestNode node)
    {
        _registry.KeepDead(node.Name);
        if (node.Network is not { } network) return;
        await network.KillAsync().ConfigureAwait(false);
        await network.Ended.WaitAsync(Options.StopTimeout, Options.Time).ConfigureAwait(false);
    }

    /// <summary>Kills a silo as a crash would: the connections of its nodes end, nothing is flushed or given back. Its nodes come back in the other silos by themselves.</summary>
    /// <exception cref="InvalidOperationException">It is not up, or the last one: nothing would come back.</exception>
    public async Task KillAsync(TestSilo silo)
    {
        CheckUp(silo);
        if (Silos.Count == 1) throw new InvalidOperationException($"{silo} is the last silo of the fleet.");
        await Task.WhenAll(_registry.In(silo.Name).Select(network => network.SeverAsync())).ConfigureAwait(false);
        await _cluster.KillSiloAsync(silo.Handle).ConfigureAwait(false);
    }

    /// <summary>Starts a node that was killed, or kills it first; it has joined again when this returns. Its peer id stays the same, its port need not.</summary>
    /// <exception cref="FleetExpectationException">It did not join within <see cref="TestFleetOptions.JoinTimeout"/>.</exception>
    public async Task RestartAsync(TestNode node, CancellationToken cancellationToken = default)
    {
        if (!node.IsKilled) await KillAsync(node).ConfigureAwait(false);
        _registry.LetLive(node.Name);
        await Expect.JoinedAsync([node], Options.JoinTimeout, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Stops a silo in order and starts a new one.</summary>
    /// <exception cref="InvalidOperationException">It is not up.</exception>
    public async Task<TestSilo> RestartAsync(TestSilo silo)
    {
        CheckUp(silo);
        await _cluster.StopSiloAsync(silo.Handle).ConfigureAwait(false);
        return await AddSiloAsync().ConfigureAwait(false);
    }

    /// <summary>Starts one more silo. Nodes that run stay where they are.</summary>
    public async Task<TestSilo> AddSiloAsync()
    {
        var handle = await _cluster.StartAdditionalSiloAsync().ConfigureAwait(false);
        KnowSilos();
        return Silos.First(silo => silo.Handle == handle);
    }

    /// <summary>Wants so many nodes from now on, the newest go first; those that there shall be have joined when this returns, unless they were killed.</summary>
    /// <exception cref="FleetExpectationException">They did not join within <see cref="TestFleetOptions.JoinTimeout"/>.</exception>
    public async Task ScaleAsync(int nodes, CancellationToken cancellationToken = default)
    {
        await Grain.Scale(nodes).WaitAsync(Options.JoinTimeout, Options.Time, cancellationToken).ConfigureAwait(false);
        var known = Nodes.ToDictionary(node => node.Name, StringComparer.Ordinal);
        List<TestNode> wanted = [];
        while (wanted.Count < nodes)
        {
            foreach (var summary in await Grain.Nodes(wanted.Count, nodes - wanted.Count).ConfigureAwait(false))
                wanted.Add(known.GetValueOrDefault(summary.Name) ?? new TestNode(summary.Name, _registry));
        }

        Volatile.Write(ref _nodes, [.. wanted]);
        await Expect.AllJoinAsync(Options.JoinTimeout, cancellationToken).ConfigureAwait(false);
    }

    private static void CheckUp(TestSilo silo)
    {
        if (!silo.IsUp) throw new InvalidOperationException($"{silo} is not up.");
    }
}
