using Orleans.Runtime;

namespace Orleans.Placement;

/// <summary>Says in which silo an activation starts; it does not move afterwards.</summary>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = false)]
public abstract class PlacementAttribute : Attribute
{
    /// <summary>Places by <paramref name="placement"/>.</summary>
    protected PlacementAttribute(PlacementStrategy placement) => PlacementStrategy = placement;

    /// <summary>The choice.</summary>
    public PlacementStrategy PlacementStrategy { get; }
}

/// <summary>In the caller's silo, when the caller is in one.</summary>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = false)]
public sealed class PreferLocalPlacementAttribute() : PlacementAttribute(new LocalPlacement());

/// <summary>In any silo.</summary>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = false)]
public sealed class RandomPlacementAttribute() : PlacementAttribute(new AnyPlacement());

/// <summary>In the silo that the grain's identity hashes to.</summary>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = false)]
public sealed class HashBasedPlacementAttribute() : PlacementAttribute(new HashPlacement());

/// <summary>In the silo with the fewest activations.</summary>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = false)]
public sealed class ActivationCountBasedPlacementAttribute() : PlacementAttribute(new FewestPlacement());
