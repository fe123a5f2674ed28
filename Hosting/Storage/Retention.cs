namespace IppanFleet.Hosting.Storage;

/// <summary>Everything that is kept for a time and no longer: blocks, and what is known of peers.</summary>
internal sealed class Retention(RecordStore store, FleetOptions options, TimeProvider time)
{
    /// <summary>Where the records are.</summary>
    internal RecordStore Store => store;

    /// <summary>The states named <c>block</c>.</summary>
    internal RetainedRecords Blocks { get; } = new(store, "block", options.Blocks.Lifetime, options.Blocks.MaxBlocks, options.Blocks.MaxBytes, time);

    /// <summary>The states named <c>peer</c>.</summary>
    internal RetainedRecords Peers { get; } = new(store, "peer", options.PeerRecords.Lifetime, options.PeerRecords.MaxRecords, options.PeerRecords.MaxBytes, time);

    /// <summary>Removes what has expired or is too much.</summary>
    internal async Task SweepAsync()
    {
        await Blocks.SweepAsync().ConfigureAwait(false);
        await Peers.SweepAsync().ConfigureAwait(false);
    }
}
