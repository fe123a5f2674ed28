namespace Orleans.Core
{
    /// <summary>A grain's record in storage.</summary>
    public interface IStorage
    {
        /// <summary>The version that was read or written last.</summary>
        string? Etag { get; }

        /// <summary>Whether storage has the record.</summary>
        bool RecordExists { get; }

        /// <summary>Takes the record out of storage, or empties it.</summary>
        Task ClearStateAsync();

        /// <summary>Writes the record.</summary>
        /// <exception cref="Storage.InconsistentStateException">Somebody else wrote since it was read; the activation ends.</exception>
        Task WriteStateAsync();

        /// <summary>Reads the record again.</summary>
        Task ReadStateAsync();

        /// <inheritdoc cref="ClearStateAsync()"/>
        Task ClearStateAsync(CancellationToken cancellationToken) => ClearStateAsync();

        /// <inheritdoc cref="WriteStateAsync()"/>
        Task WriteStateAsync(CancellationToken cancellationToken) => WriteStateAsync();

        /// <inheritdoc cref="ReadStateAsync()"/>
        Task ReadStateAsync(CancellationToken cancellationToken) => ReadStateAsync();
    }

    /// <summary>A grain's record in storage.</summary>
    public interface IStorage<TState> : IStorage
    {
        /// <summary>The record's content.</summary>
        TState State { get; set; }
    }
}

namespace Orleans.Runtime
{
    /// <summary>A grain's record, read before the grain's first call.</summary>
    public interface IPersistentState<TState> : Core.IStorage<TState>;

    /// <summary>Names a record and its storage, on a constructor's parameter of type <see cref="IPersistentState{TState}"/>.</summary>
    /// <param name="stateName">The record's name among those of the grain.</param>
    /// <param name="storageName">The storage; null: the default one.</param>
    [AttributeUsage(AttributeTargets.Parameter)]
    public class PersistentStateAttribute(string stateName, string? storageName = null) : Attribute
    {
        /// <summary>The record's name among those of the grain.</summary>
        public string StateName { get; } = stateName;

        /// <summary>The storage; null: the default one.</summary>
        public string? StorageName { get; } = storageName;
    }
}
