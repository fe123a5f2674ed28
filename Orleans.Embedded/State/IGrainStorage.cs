namespace Orleans
{
    /// <summary>A record between the engine and a storage.</summary>
    public interface IGrainState<T>
    {
        /// <summary>The content.</summary>
        T State { get; set; }

        /// <summary>The version; null: none yet.</summary>
        string? ETag { get; set; }

        /// <summary>Whether storage has the record.</summary>
        bool RecordExists { get; set; }
    }

    /// <summary>A record between the engine and a storage.</summary>
    public sealed class GrainState<T> : IGrainState<T>
    {
        /// <summary>An empty one.</summary>
        public GrainState() => State = default!;

        /// <summary>One with content.</summary>
        public GrainState(T state) => State = state;

        /// <summary>One with content and version.</summary>
        public GrainState(T state, string? eTag) => (State, ETag) = (state, eTag);

        /// <inheritdoc/>
        public T State { get; set; }

        /// <inheritdoc/>
        public string? ETag { get; set; }

        /// <inheritdoc/>
        public bool RecordExists { get; set; }
    }
}

namespace Orleans.Storage
{
    /// <summary>Where grains' records are kept.</summary>
    public interface IGrainStorage
    {
        /// <summary>Fills <paramref name="grainState"/> from storage.</summary>
        Task ReadStateAsync<T>(string stateName, Runtime.GrainId grainId, IGrainState<T> grainState);

        /// <summary>Writes <paramref name="grainState"/> if storage still has the version that it names, and gives it a new one.</summary>
        /// <exception cref="InconsistentStateException">Storage has another version.</exception>
        Task WriteStateAsync<T>(string stateName, Runtime.GrainId grainId, IGrainState<T> grainState);

        /// <summary>Removes the record.</summary>
        /// <exception cref="InconsistentStateException">Storage has another version.</exception>
        Task ClearStateAsync<T>(string stateName, Runtime.GrainId grainId, IGrainState<T> grainState);
    }

    /// <summary>Somebody else wrote the record since it was read.</summary>
    public class InconsistentStateException : Runtime.OrleansException
    {
        /// <summary>With the versions.</summary>
        public InconsistentStateException(string errorMsg, string? storedEtag, string? currentEtag)
            : base($"{errorMsg} (stored {storedEtag ?? "none"}, expected {currentEtag ?? "none"})") => (StoredEtag, CurrentEtag) = (storedEtag, currentEtag);

        /// <summary>The version that storage has.</summary>
        public string? StoredEtag { get; }

        /// <summary>The version that the writer expected.</summary>
        public string? CurrentEtag { get; }

        /// <summary>Whether it has yet to leave the activation whose record it is.</summary>
        internal bool IsSourceActivation { get; set; } = true;
    }

    /// <summary>A grain names a storage that the silo does not have.</summary>
    public class BadProviderConfigException : Runtime.OrleansException
    {
        /// <summary>With words.</summary>
        public BadProviderConfigException(string msg)
            : base(msg)
        {
        }
    }
}
