namespace Orleans.Runtime;

/// <summary>An activation: one life of a grain in one silo.</summary>
public interface IGrainContext
{
    /// <summary>Which grain.</summary>
    GrainId GrainId { get; }

    /// <summary>Which of its lives.</summary>
    ActivationId ActivationId { get; }

    /// <summary>Both, and the silo.</summary>
    GrainAddress Address { get; }

    /// <summary>The object; null before it was made.</summary>
    object? GrainInstance { get; }

    /// <summary>The services of the activation's scope.</summary>
    IServiceProvider ActivationServices { get; }

    /// <summary>Ends with the activation.</summary>
    Task Deactivated { get; }

    /// <summary>Ends the activation once it runs no call.</summary>
    void Deactivate(DeactivationReason deactivationReason, CancellationToken cancellationToken = default);
}
