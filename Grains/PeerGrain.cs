using Orleans.Placement;
using Orleans.Runtime;

namespace IppanFleet.Grains;

/// <inheritdoc cref="IPeerGrain"/>
/// <remarks>
/// Written when something meaningful changed, else at most once a minute, and at the end of the activation. The node itself keeps which peers it dials when it starts; this record says what
/// is known of each. Records that nobody wrote for long are dropped by the storage <see cref="FleetKeys.PeerStore"/>.
/// </remarks>
[GrainType("ippan-peer"), PreferLocalPlacement]
public sealed class PeerGrain([PersistentState("peer", FleetKeys.PeerStore)] IPersistentState<PeerState> state, TimeProvider time) : Grain, IPeerGrain
{
    /// <summary>What changes all the time is written at most so often.</summary>
    internal static readonly TimeSpan WritePeriod = TimeSpan.FromMinutes(1);

    private long? _written;
    private bool _isDirty;

    /// <inheritdoc/>
    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) => _isDirty ? state.WriteStateAsync() : Task.CompletedTask;

    /// <inheritdoc/>
    public async Task Report(PeerReport report)
    {
        state.State.Apply(report);
        _isDirty = true;
        if (!report.IsMeaningful && _written is { } written && time.GetElapsedTime(written) < WritePeriod) return;
        _isDirty = false;
        try
        {
            await state.WriteStateAsync();
            _written = time.GetTimestamp();
        }
        catch
        {
            _isDirty = true;
            throw;
        }
    }

    /// <inheritdoc/>
    public Task<PeerRecord?> Find()
    {
        if (!state.RecordExists && !_isDirty)
        {
            // Whoever asks for what is not there must not fill the memory with its absence.
            DeactivateOnIdle();
            return Task.FromResult<PeerRecord?>(null);
        }

        var key = this.GetPrimaryKeyString();
        var slash = key.LastIndexOf('/');
        var known = state.State;
        return Task.FromResult<PeerRecord?>(new PeerRecord
        {
            Node = slash < 0 ? "" : key[..slash],
            PeerId = key[(slash + 1)..],
            FirstSeen = known.FirstSeen,
            LastSeen = known.LastSeen,
            IsConnected = known.IsConnected,
            IsInbound = known.IsInbound,
            Address = known.Address,
            Agent = known.Agent,
            Protocols = known.Protocols,
            ListenAddresses = known.ListenAddresses,
            Band = known.Band,
            Penalty = known.Penalty,
            RoundTripTime = known.RoundTripTime,
            Connections = known.Connections,
            Accepted = known.Accepted,
            Rejected = known.Rejected,
        });
    }
}
