namespace IppanFleet.Testing;

/// <summary>Awaits what a test expects of a <see cref="TestFleet"/>. Each wait has a deadline, and each failure says which nodes failed it and how the fleet stood.</summary>
public sealed class FleetExpectations
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(10);

    private readonly TestFleet _fleet;

    internal FleetExpectations(TestFleet fleet) => _fleet = fleet;

    /// <summary>Every eligible node receives the message: see <see cref="PublishedMessage"/> for which these are.</summary>
    /// <exception cref="FleetExpectationException">Some did not in time.</exception>
    public Task AllReceiveAsync(PublishedMessage message, TimeSpan within, CancellationToken cancellationToken = default) => AllReceiveAsync([message], within, cancellationToken);

    /// <summary>Every eligible node receives every message.</summary>
    /// <exception cref="FleetExpectationException">Some did not in time.</exception>
    public Task AllReceiveAsync(IEnumerable<PublishedMessage> messages, TimeSpan within, CancellationToken cancellationToken = default)
    {
        PublishedMessage[] all = [.. messages];
        return UntilAsync(() => Array.TrueForAll(all, message => message.Missing.Count == 0), within, () => Misses(all), cancellationToken);
    }

    /// <summary>The nodes receive the message, eligible or not.</summary>
    /// <exception cref="FleetExpectationException">Some did not in time.</exception>
    public Task ReceivedByAsync(PublishedMessage message, IEnumerable<TestNode> nodes, TimeSpan within, CancellationToken cancellationToken = default)
    {
        TestNode[] all = [.. nodes];
        return UntilAsync(
            () => Array.TrueForAll(all, node => message.HasReached(node.Name)),
            within,
            () => $"{message} did not reach {Names(all.Where(node => !message.HasReached(node.Name)))}",
            cancellationToken);
    }

    /// <summary>None of the nodes receives the message for a while. It waits all of that time: keep it short.</summary>
    /// <exception cref="FleetExpectationException">One of them has received it.</exception>
    public async Task NoneReceiveAsync(PublishedMessage message, IEnumerable<TestNode> nodes, TimeSpan during, CancellationToken cancellationToken = default)
    {
        TestNode[] all = [.. nodes];
        var time = _fleet.Options.Time;
        var since = time.GetTimestamp();
        do
        {
            if (Array.Exists(all, node => message.HasReached(node.Name))) throw Failure($"{message} reached {Names(all.Where(node => message.HasReached(node.Name)))}");
            await Task.Delay(Poll, time, cancellationToken).ConfigureAwait(false);
        }
        while (time.GetElapsedTime(since) < during);
    }

    /// <summary>All that was published so far and is still to come arrives, or at least so much of it.</summary>
    /// <param name="ratio">The share of <see cref="DeliveryFigures.Expected"/>, 1 for everything.</param>
    /// <param name="within">How long to wait for what is on its way.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="FleetExpectationException">It did not in time.</exception>
    public Task DeliveredAsync(double ratio, TimeSpan within, CancellationToken cancellationToken = default) =>
        UntilAsync(() => _fleet.Deliveries.Ratio >= ratio, within, () => $"{_fleet.Deliveries}. {Misses(_fleet.Book.Open)}", cancellationToken);

    /// <summary>All nodes of the fleet that were not killed take part in the network.</summary>
    /// <exception cref="FleetExpectationException">Some did not in time.</exception>
    public Task AllJoinAsync(TimeSpan within, CancellationToken cancellationToken = default) => JoinedAsync(_fleet.Nodes.Where(node => !node.IsKilled), within, cancellationToken);

    /// <summary>The nodes take part in the network.</summary>
    /// <exception cref="FleetExpectationException">Some did not in time.</exception>
    public Task JoinedAsync(IEnumerable<TestNode> nodes, TimeSpan within, CancellationToken cancellationToken = default)
    {
        TestNode[] all = [.. nodes];
        // A fleet of one has nobody to join.
        bool HasJoined(TestNode node) => node.IsJoined || (_fleet.Nodes.Count == 1 && node.IsUp);
        return UntilAsync(() => Array.TrueForAll(all, HasJoined), within, () => $"{Names(all.Where(node => !HasJoined(node)))} did not join", cancellationToken);
    }

    /// <summary>Each of the nodes is connected with each of the others, directly.</summary>
    /// <exception cref="FleetExpectationException">Some were not in time.</exception>
    public Task ConnectedAsync(IEnumerable<TestNode> nodes, IEnumerable<TestNode> others, TimeSpan within, CancellationToken cancellationToken = default)
    {
        var pairs = nodes.SelectMany(_ => others, (node, other) => (node, other)).Where(pair => pair.node != pair.other).ToArray();
        return UntilAsync(
            () => Array.TrueForAll(pairs, AreConnected),
            within,
            () => $"not connected: {string.Join(", ", pairs.Where(pair => !AreConnected(pair)).Select(pair => $"{pair.node} with {pair.other}"))}",
            cancellationToken);
    }

    /// <summary>A condition of the test's own comes true.</summary>
    /// <param name="condition">What is to come true; asked every 10 ms.</param>
    /// <param name="what">How the failure calls it.</param>
    /// <param name="within">The deadline.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="FleetExpectationException">It did not in time.</exception>
    public Task EventuallyAsync(Func<bool> condition, string what, TimeSpan within, CancellationToken cancellationToken = default) =>
        UntilAsync(condition, within, () => $"not so: {what}", cancellationToken);

    private static bool AreConnected((TestNode Node, TestNode Other) pair) => pair.Node.Snapshot()?.Peers.Any(peer => peer.PeerId == pair.Other.PeerId) == true;

    private static string Names(IEnumerable<TestNode> nodes) => string.Join(", ", nodes);

    private static string Misses(IReadOnlyCollection<PublishedMessage> messages)
    {
        const int shown = 10;
        var open = messages.Where(message => message.Missing.Count > 0).ToArray();
        var lines = open.Take(shown).Select(message => $"{message} did not reach {string.Join(", ", message.Missing)}");
        return string.Join(Environment.NewLine, open.Length > shown ? lines.Append($"and {open.Length - shown} more messages") : lines);
    }

    private async Task UntilAsync(Func<bool> condition, TimeSpan within, Func<string> otherwise, CancellationToken cancellationToken)
    {
        var time = _fleet.Options.Time;
        var since = time.GetTimestamp();
        while (!condition())
        {
            if (time.GetElapsedTime(since) >= within) throw Failure($"{otherwise()}, within {within.TotalSeconds:0.###} s");
            await Task.Delay(Poll, time, cancellationToken).ConfigureAwait(false);
        }
    }

    private FleetExpectationException Failure(string what) => new($"{what}{Environment.NewLine}{_fleet.Describe()}");
}
