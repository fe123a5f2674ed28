using Orleans.Runtime;
using Orleans.Storage;

namespace IppanFleet.Hosting.Storage;

/// <summary>Grain storage on a <see cref="RecordStore"/>.</summary>
/// <param name="store">Where the records are.</param>
/// <param name="retained">Removes them after a time; null: they stay.</param>
internal sealed class SqliteGrainStorage(RecordStore store, RetainedRecords? retained = null) : IGrainStorage
{
    /// <inheritdoc/>
    public async Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var key = KeyOf(stateName, grainId);
        var record = await store.ReadAsync(key).ConfigureAwait(false);
        (grainState.State, grainState.ETag, grainState.RecordExists) = record is null
            ? (Activator.CreateInstance<T>(), null, false)
            : (StateSerializer.Read<T>(record.State, $"{stateName} of {key.Grain}"), EtagText.Of(record.Etag), true);
    }

    /// <inheritdoc/>
    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        // Made before anything is waited for: the grain may change its state afterwards.
        var state = StateSerializer.Write(grainState.State);
        var key = KeyOf(stateName, grainId);
        var expected = EtagText.Parse(grainState.ETag);
        var etag = await (retained?.WriteAsync(key, state, expected) ?? store.WriteAsync(key, state, expected)).ConfigureAwait(false);
        (grainState.ETag, grainState.RecordExists) = (EtagText.Of(etag), true);
    }

    /// <inheritdoc/>
    public async Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        await store.ClearAsync(KeyOf(stateName, grainId), EtagText.Parse(grainState.ETag)).ConfigureAwait(false);
        (grainState.State, grainState.ETag, grainState.RecordExists) = (Activator.CreateInstance<T>(), null, false);
    }

    private static RecordKey KeyOf(string stateName, GrainId grainId) => new(stateName, grainId.ToString());
}
