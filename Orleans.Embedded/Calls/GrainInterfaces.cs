namespace Orleans.Runtime
{
    /// <summary>Anything that calls can be addressed to.</summary>
    public interface IAddressable;
}

namespace Orleans
{
    /// <summary>What every grain interface extends.</summary>
    public interface IGrain : Runtime.IAddressable;

    /// <summary>A grain whose key is text.</summary>
    public interface IGrainWithStringKey : IGrain;

    /// <summary>A grain whose key is a number.</summary>
    public interface IGrainWithIntegerKey : IGrain;

    /// <summary>A grain whose key is a GUID.</summary>
    public interface IGrainWithGuidKey : IGrain;

    /// <summary>What an object that is not a grain implements so that grains can call it.</summary>
    public interface IGrainObserver : Runtime.IAddressable;

    /// <summary>Makes references to grains; nothing is activated by that.</summary>
    public interface IGrainFactory
    {
        /// <summary>A reference to the grain with that key.</summary>
        TGrainInterface GetGrain<TGrainInterface>(Guid primaryKey, string? grainClassNamePrefix = null)
            where TGrainInterface : IGrainWithGuidKey;

        /// <summary>A reference to the grain with that key.</summary>
        TGrainInterface GetGrain<TGrainInterface>(long primaryKey, string? grainClassNamePrefix = null)
            where TGrainInterface : IGrainWithIntegerKey;

        /// <summary>A reference to the grain with that key.</summary>
        TGrainInterface GetGrain<TGrainInterface>(string primaryKey, string? grainClassNamePrefix = null)
            where TGrainInterface : IGrainWithStringKey;

        /// <summary>Makes a local object callable by grains until it is deleted.</summary>
        TGrainObserverInterface CreateObjectReference<TGrainObserverInterface>(IGrainObserver obj)
            where TGrainObserverInterface : IGrainObserver;

        /// <summary>Ends what <see cref="CreateObjectReference"/> began.</summary>
        void DeleteObjectReference<TGrainObserverInterface>(IGrainObserver obj)
            where TGrainObserverInterface : IGrainObserver;
    }

    /// <summary>A way into the cluster from outside of grains.</summary>
    public interface IClusterClient : IGrainFactory
    {
        /// <summary>The services of the host that the client belongs to.</summary>
        IServiceProvider ServiceProvider { get; }
    }
}
