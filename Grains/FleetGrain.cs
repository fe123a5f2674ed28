using IppanFleet.Ippan;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;
using Orleans.Runtime;

namespace IppanFleet.Grains;

/// <inheritdoc cref="IFleetGrain"/>
/// <remarks>Reentrant: nodes that a round of <see cref="Reconcile"/> brings up ask the fleet for siblings while the round waits for them.</remarks>
[GrainType("ippan-fleet"), KeepAlive, Reentrant]
public sealed partial class FleetGrain(
    [PersistentState("fleet", FleetKeys.Store)] IPersistentState<FleetState> state,
    [PersistentState("access", FleetKeys.Store)] IPersistentState<AccessState> access,
    IHostApplicationLifetime host,
    TimeProvider time,
    ILogger<FleetGrain> log) : Grain, IFleetGrain
{
    private const int StartsAtOnce = 16;
    private const string FirstNode = "node-1";

    private static readonly TimeSpan SummaryLifetime = TimeSpan.FromSeconds(10);

    private readonly RunningNodes _running = new();
    private readonly Dictionary<string, (SiloSummary Summary, DateTimeOffset At)> _silos = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _faults = new(StringComparer.Ordinal);
    private bool _hasPlan;
    private Task _round = Task.CompletedTask;
    private Task _write = Task.CompletedTask;

    /// <inheritdoc/>
    public async Task Start(FleetPlan plan)
    {
        if (_hasPlan) return;
        _hasPlan = true;
        var isNew = state.State.Made == 0;
        Adopt(plan);
        try
        {
            await Scale(isNew ? plan.Nodes : state.State.Desired.Count);
        }
        catch
        {
            // Not written, so not done: the next call tries again.
            _hasPlan = false;
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task Scale(int nodes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(nodes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(nodes, FleetKeys.MaxNodes);
        List<string> leaving = [];
        var desired = state.State.Desired;
        while (desired.Count < nodes) desired.Add(NextNode());
        while (desired.Count > nodes)
        {
            leaving.Add(desired[^1].Name);
            desired.RemoveAt(desired.Count - 1);
        }

        await (_write = WriteAfterAsync(_write));
        foreach (var name in leaving) await StopAsync(name);
    }

    /// <inheritdoc/>
    public async Task<bool> Drain(string node)
    {
        if (state.State.Desired.RemoveAll(spec => spec.Name == node) == 0) return false;
        // Written first: a silo that dies between the two must not bring the node back.
        await (_write = WriteAfterAsync(_write));
        await StopAsync(node);
        return true;
    }

    /// <inheritdoc/>
    public Task Reconcile()
    {
        if (_round.IsCompleted) _round = ReconcileAsync();
        return _round;
    }

    /// <inheritdoc/>
    public Task<string[]> Siblings(string node) => Task.FromResult(_running.SiblingsOf(node, Random.Shared));

    /// <inheritdoc/>
    public Task Announce(NodeAnnouncement announcement)
    {
        _running.Set(announcement);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task Withdraw(string node)
    {
        _running.Remove(node);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task Summarise(SiloSummary summary)
    {
        _silos[summary.Silo] = (summary, time.GetUtcNow());
        // A fleet that was activated anew hears of the running nodes from their silos.
        foreach (var node in summary.Nodes)
        {
            if (node.Phase == NodePhase.Failed || _running.Contains(node.Name) || !state.State.Desired.Exists(spec => spec.Name == node.Name)) continue;
            _running.Set(new NodeAnnouncement { Name = node.Name, PeerId = node.PeerId, Addresses = node.Addresses });
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<FleetSnapshot> Snapshot()
    {
        ForgetSilentSilos();
        var faults = _faults.Select(fault => new NodeFault { Name = fault.Key, Reason = fault.Value }).ToArray();
        return Task.FromResult(FleetSnapshots.Of(state.State.Desired.Count, faults, _silos.Values.Select(silo => silo.Summary)));
    }

    /// <inheritdoc/>
    public Task<NodeSummary[]> Nodes(int skip, int take)
    {
        ForgetSilentSilos();
        var known = new Dictionary<string, NodeSummary>(StringComparer.Ordinal);
        foreach (var (summary, _) in _silos.Values)
        {
            foreach (var node in summary.Nodes) known[node.Name] = node;
        }

        var page = state.State.Desired.Skip(Math.Max(0, skip)).Take(Math.Clamp(take, 0, FleetKeys.MaxPage));
        return Task.FromResult(page.Select(spec => known.GetValueOrDefault(spec.Name) ?? new NodeSummary { Name = spec.Name, Fault = _faults.GetValueOrDefault(spec.Name, "") }).ToArray());
    }

    /// <inheritdoc/>
    public Task<bool> Has(string node) => Task.FromResult(state.State.Desired.Exists(spec => spec.Name == node));

    /// <inheritdoc/>
    public Task<string[]> Topics()
    {
        ForgetSilentSilos();
        var topics = _silos.Values.SelectMany(silo => silo.Summary.Nodes).SelectMany(node => node.Meshes).Select(mesh => mesh.Topic);
        return Task.FromResult(topics.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Take(FleetKeys.MaxPage).ToArray());
    }

    /// <inheritdoc/>
    public Task<BlockRecord?> FindBlock(string id) => Hash32.TryParse(id, out var known)
        ? GrainFactory.GetGrain<IBlockGrain>(known.ToString()).Find()
        : throw new ArgumentException("A block's id has 64 hex digits.", nameof(id));

    private Task StopAsync(string node)
    {
        _faults.Remove(node);
        return GrainFactory.GetGrain<INodeGrain>(node).Stop().WaitAsync(host.ApplicationStopping);
    }

    private async Task ReconcileAsync()
    {
        // The first nodes start one after the other, so that each knows those before it: started at once, all would know only the first, and it would carry all gossip.
        var specs = state.State.Desired.ToArray();
        var next = 0;
        while (next < specs.Length && _running.Count <= FleetKeys.MaxSiblings) await EnsureAsync(specs[next++]);
        var workers = new Task[Math.Min(StartsAtOnce, specs.Length - next)];
        for (var i = 0; i < workers.Length; i++) workers[i] = WorkAsync();
        await Task.WhenAll(workers);

        async Task WorkAsync()
        {
            while (next < specs.Length) await EnsureAsync(specs[next++]);
        }
    }

    /// <summary>One write after the other: two at once would be taken for two owners of the state.</summary>
    private async Task WriteAfterAsync(Task earlier)
    {
        await earlier.ConfigureAwait(ConfigureAwaitOptions.ContinueOnCapturedContext | ConfigureAwaitOptions.SuppressThrowing);
        await state.WriteStateAsync();
    }

    private async Task EnsureAsync(NodeSpec spec)
    {
        // The fleet may have been scaled down since the round began.
        if (host.ApplicationStopping.IsCancellationRequested || !state.State.Desired.Contains(spec)) return;
        try
        {
            // When the silo stops, a round must not wait for nodes that wait for this grain to be somewhere else.
            await GrainFactory.GetGrain<INodeGrain>(spec.Name).Ensure(spec).WaitAsync(host.ApplicationStopping);
            _faults.Remove(spec.Name);
        }
        catch (OperationCanceledException) when (host.ApplicationStopping.IsCancellationRequested)
        {
            // The next activation goes on.
        }
        catch (Exception e)
        {
            // One node that cannot start must not keep the others from it: it is told, and tried again in the next round.
            _running.Remove(spec.Name);
            if (_faults.GetValueOrDefault(spec.Name) != e.Message) LogNodeFault(spec.Name, e.Message);
            _faults[spec.Name] = e.Message;
        }
    }

    /// <summary>A fleet that comes back has the nodes that it had; where they listen and start from is as its silos say now.</summary>
    private void Adopt(FleetPlan plan)
    {
        state.State.Plan = plan;
        var desired = state.State.Desired;
        for (var i = 0; i < desired.Count; i++) desired[i] = Planned(desired[i]);
    }

    private NodeSpec NextNode()
    {
        var name = $"node-{++state.State.Made}";
        return Planned(new NodeSpec { Name = name, Identity = name });
    }

    private NodeSpec Planned(NodeSpec node)
    {
        var plan = state.State.Plan;
        return node with { Listen = node.Name == FirstNode && plan.FirstListen.Length > 0 ? plan.FirstListen : plan.Listen, Bootstrap = plan.Bootstrap };
    }

    private void ForgetSilentSilos()
    {
        var now = time.GetUtcNow();
        foreach (var (silo, (_, at)) in _silos)
        {
            if (now - at > SummaryLifetime) _silos.Remove(silo);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Node} cannot start: {Reason}")]
    private partial void LogNodeFault(string node, string reason);
}
