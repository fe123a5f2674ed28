namespace Orleans.Runtime;

/// <summary>Where an activation of a grain lives.</summary>
[GenerateSerializer, Immutable]
public sealed class GrainAddress
{
    /// <summary>Which grain.</summary>
    [Id(0)]
    public GrainId GrainId { get; init; }

    /// <summary>Which of its activations.</summary>
    [Id(1)]
    public ActivationId ActivationId { get; init; }

    /// <summary>In which silo.</summary>
    [Id(2)]
    public SiloAddress? SiloAddress { get; init; }
}
