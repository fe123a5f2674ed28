namespace IppanFleet.Grains;

/// <summary>What the fleet remembers.</summary>
[GenerateSerializer, Alias("ippan.fleet-state")]
public sealed class FleetState
{
    /// <summary>How new nodes are made.</summary>
    [Id(0)] public FleetPlan Plan { get; set; } = new();

    /// <summary>The nodes that there shall be, the oldest first.</summary>
    [Id(1)] public List<NodeSpec> Desired { get; set; } = [];

    /// <summary>How many nodes were ever made: names are not used twice.</summary>
    [Id(2)] public int Made { get; set; }
}
