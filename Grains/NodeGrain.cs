using Orleans.Placement;
using Orleans.Runtime;

namespace IppanFleet.Grains;

/// <inheritdoc cref="INodeGrain"/>
[GrainType("ippan-node"), KeepAlive, ActivationCountBasedPlacement]
public sealed class NodeGrain(INodeTransportHost transports, [PersistentState("node", FleetKeys.Store)] IPersistentState<NodeState> state) : Grain, INodeGrain
{
    private string Name => this.GetPrimaryKeyString();

    private IFleetGrain Fleet => GrainFactory.GetGrain<IFleetGrain>(FleetKeys.Fleet);

    /// <summary>A node that ran before its silo died runs again from here.</summary>
    public override Task OnActivateAsync(CancellationToken cancellationToken) => state.State.IsWanted ? RunAsync(cancellationToken) : Task.CompletedTask;

    /// <summary>The transport goes with the activation.</summary>
    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) => transports.StopAsync(Name);

    /// <inheritdoc/>
    public async Task Ensure(NodeSpec spec)
    {
        if (!state.State.IsWanted || !IsSame(state.State.Spec, spec))
        {
            await transports.StopAsync(Name);
            (state.State.Spec, state.State.IsWanted) = (spec, true);
            await state.WriteStateAsync();
        }

        if (transports.Find(Name) is null or { Phase: NodePhase.Failed }) await RunAsync(CancellationToken.None);
    }

    /// <inheritdoc/>
    public async Task Stop()
    {
        await transports.StopAsync(Name);
        await Fleet.Withdraw(Name);
        await state.ClearStateAsync();
        DeactivateOnIdle();
    }

    /// <inheritdoc/>
    public Task<NodeSummary?> Status() => Task.FromResult(transports.Find(Name));

    /// <inheritdoc/>
    public Task<PublishOutcome> PublishBlock(byte[] block) => transports.PublishAsync(Name, GossipKind.Block, block).AsTask();

    /// <inheritdoc/>
    public Task<PublishOutcome> PublishTransaction(byte[] transaction) => transports.PublishAsync(Name, GossipKind.Transaction, transaction).AsTask();

    private static bool IsSame(NodeSpec left, NodeSpec right) =>
        left.Name == right.Name && left.Identity == right.Identity && left.Listen.AsSpan().SequenceEqual(right.Listen) && left.Bootstrap.AsSpan().SequenceEqual(right.Bootstrap);

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        // What failed is cleared away first, or its addresses would still be taken.
        await transports.StopAsync(Name);
        var siblings = await Fleet.Siblings(Name);
        var announcement = await transports.StartAsync(state.State.Spec, siblings, cancellationToken);
        if (state.State.PeerId != announcement.PeerId)
        {
            state.State.PeerId = announcement.PeerId;
            await state.WriteStateAsync();
        }

        await Fleet.Announce(announcement);
    }
}
