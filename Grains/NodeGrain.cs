using Microsoft.Extensions.Logging;
using Orleans.Placement;
using Orleans.Runtime;
using Orleans.Storage;

namespace IppanFleet.Grains;

/// <inheritdoc cref="INodeGrain"/>
/// <remarks>
/// The transport runs under a lease. Its holder asks storage for the epoch now and then, and stops by itself when it gets no answer. Who takes the
/// node over raises the epoch, and waits as long as a lease lasts unless the old holder gave it back or is known to be gone.
/// </remarks>
[GrainType("ippan-node"), KeepAlive, ActivationCountBasedPlacement]
public sealed partial class NodeGrain(
    INodeTransportHost transports, [PersistentState("node", FleetKeys.Store)] IPersistentState<NodeState> state, TimeProvider time, ILogger<NodeGrain> log) : Grain, INodeGrain
{
    /// <summary>So often a lease is renewed within its time.</summary>
    private const int Renewals = 5;

    /// <summary>Known peers are written at most so often, once there are any.</summary>
    private static readonly TimeSpan PeersPeriod = TimeSpan.FromMinutes(1);

    /// <summary>Addresses of peers outside that a node starts from, and of them from one peer's own claims.</summary>
    private const int MaxRemembered = 64;
    private const int MaxPerPeer = 4;

    private static readonly TimeSpan RecallPatience = TimeSpan.FromSeconds(2);

    private long? _peersWritten;
    private long _epoch;
    private long? _fencedAt;

    private string Name => this.GetPrimaryKeyString();

    private IFleetGrain Fleet => GrainFactory.GetGrain<IFleetGrain>(FleetKeys.Fleet);

    /// <summary>A node that ran before its silo died runs again from here.</summary>
    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        var period = transports.LeaseTime / Renewals;
        this.RegisterGrainTimer(RenewAsync, period, period);
        return state.State.IsWanted ? RunAsync(cancellationToken) : Task.CompletedTask;
    }

    /// <summary>The transport goes with the activation, and the lease with the transport.</summary>
    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        var known = transports.KnownPeers(Name);
        await transports.StopAsync(Name);
        if (state.State.Epoch != _epoch || state.State.Holder != transports.Holder) return;
        try
        {
            state.State.Holder = "";
            if (known.Length > 0) state.State.KnownPeers = known;
            await state.WriteStateAsync();
        }
        catch (InconsistentStateException)
        {
            // Somebody else has the node by now: there is nothing left to give back.
        }
    }

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
    public Task<PeerSummary[]> Peers(int skip, int take) => Task.FromResult(transports.PeersOf(Name, Math.Max(0, skip), Math.Clamp(take, 0, FleetKeys.MaxPage)));

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
        if (await TryHoldAsync() is not { } begun) return;
        var siblings = await Fleet.Siblings(Name);
        var remembered = await RememberedAddressesAsync();
        var announcement = await transports.StartAsync(state.State.Spec, [.. siblings, .. remembered], begun, cancellationToken);
        if (state.State.PeerId != announcement.PeerId)
        {
            state.State.PeerId = announcement.PeerId;
            await state.WriteStateAsync();
        }

        await Fleet.Announce(announcement);
    }

    /// <summary>Where the known peers were reached, and where each of them said that it listens: it may have moved.</summary>
    private async Task<IEnumerable<string>> RememberedAddressesAsync()
    {
        var known = state.State.KnownPeers;
        var told = await Task.WhenAll(known.Select(ListenAddressesOfAsync));
        return known.Concat(told.SelectMany(addresses => addresses)).Distinct(StringComparer.Ordinal).Take(MaxRemembered);
    }

    private async Task<string[]> ListenAddressesOfAsync(string known)
    {
        var id = known[(known.LastIndexOf('/') + 1)..];
        try
        {
            var record = await GrainFactory.GetGrain<IPeerGrain>($"{Name}/{id}").Find().WaitAsync(RecallPatience, time);
            return record is null ? [] : [.. record.ListenAddresses.Take(MaxPerPeer).Select(address => address.Contains("/p2p/", StringComparison.Ordinal) ? address : $"{address}/p2p/{id}")];
        }
        catch (Exception e)
        {
            // The node starts without: it still knows where it reached the peer.
            LogNotRecalled(Name, id, e.Message);
            return [];
        }
    }

    /// <summary>Takes the lease, and returns the timestamp that it counts from. Null: not yet, somebody else may still run the node.</summary>
    private async Task<long?> TryHoldAsync()
    {
        var rival = state.State.Holder;
        if (rival.Length > 0 && rival != transports.Holder && !transports.IsGone(rival))
        {
            if (_fencedAt is not { } fenced)
            {
                // The rival stays in the record until it must have stopped: should this silo die now, the next one waits for it, too.
                state.State.Epoch++;
                await state.WriteStateAsync();
                _fencedAt = time.GetTimestamp();
                return null;
            }

            if (time.GetElapsedTime(fenced) < transports.LeaseTime) return null;
        }

        _fencedAt = null;
        var begun = time.GetTimestamp();
        state.State.Epoch++;
        state.State.Holder = transports.Holder;
        await state.WriteStateAsync();
        _epoch = state.State.Epoch;
        return begun;
    }

    /// <summary>So that the node finds the network again when its bootstrap peers are gone. A node that has lost all peers keeps those that it had.</summary>
    private async Task KeepPeersAsync()
    {
        var known = transports.KnownPeers(Name);
        if (known.Length == 0 || known.AsSpan().SequenceEqual(state.State.KnownPeers)) return;
        if (_peersWritten is { } written && time.GetElapsedTime(written) < PeersPeriod) return;
        state.State.KnownPeers = known;
        await state.WriteStateAsync();
        _peersWritten = time.GetTimestamp();
    }

    private async Task RenewAsync(CancellationToken cancellationToken)
    {
        if (transports.Find(Name) is null) return;
        var begun = time.GetTimestamp();
        await state.ReadStateAsync();
        if (state.State.Epoch == _epoch)
        {
            transports.RenewLease(Name, begun);
            await KeepPeersAsync();
            return;
        }

        await transports.StopAsync(Name);
        DeactivateOnIdle();
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Node} does not recall peer {Peer}: {Reason}")]
    private partial void LogNotRecalled(string node, string peer, string reason);
}
