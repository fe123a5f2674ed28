namespace Orleans.Runtime;

/// <summary>How the silo of a new activation is chosen.</summary>
public abstract class PlacementStrategy
{
    /// <summary>Chooses among <paramref name="active"/>, which is in a stable order and never empty.</summary>
    internal abstract Silo Choose(GrainId grain, Silo? caller, IReadOnlyList<Silo> active);
}

internal sealed class AnyPlacement : PlacementStrategy
{
    internal override Silo Choose(GrainId grain, Silo? caller, IReadOnlyList<Silo> active) => active[Random.Shared.Next(active.Count)];
}

internal sealed class LocalPlacement : PlacementStrategy
{
    internal override Silo Choose(GrainId grain, Silo? caller, IReadOnlyList<Silo> active) =>
        caller is not null && active.Contains(caller) ? caller : active[Random.Shared.Next(active.Count)];
}

internal sealed class HashPlacement : PlacementStrategy
{
    internal override Silo Choose(GrainId grain, Silo? caller, IReadOnlyList<Silo> active) =>
        active[(int)(GrainKeys.StableHash(grain.ToString()) % (uint)active.Count)];
}

/// <summary>Also the default: in one process the silo with the most resources to spare is the one with the fewest activations.</summary>
internal sealed class FewestPlacement : PlacementStrategy
{
    internal override Silo Choose(GrainId grain, Silo? caller, IReadOnlyList<Silo> active)
    {
        // Starting at a random silo spreads what is started at the same moment, when all counts are still equal.
        var start = Random.Shared.Next(active.Count);
        var best = active[start];
        for (var i = 1; i < active.Count; i++)
        {
            var other = active[(start + i) % active.Count];
            if (other.ActivationCount < best.ActivationCount) best = other;
        }
        return best;
    }
}
