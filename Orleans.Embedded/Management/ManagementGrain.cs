using Orleans.Placement;

namespace Orleans.Runtime;

/// <summary>What the cluster says of itself; key 0.</summary>
public interface IManagementGrain : IGrainWithIntegerKey
{
    /// <summary>The silos and how they are.</summary>
    Task<Dictionary<SiloAddress, SiloStatus>> GetHosts(bool onlyActive = false);

    /// <summary>How many activations all silos have together.</summary>
    Task<int> GetTotalActivationCount();

    /// <summary>How many activations of which class each silo has.</summary>
    Task<SimpleGrainStatistic[]> GetSimpleGrainStatistics();

    /// <summary>Where a grain is activated; null when it is not.</summary>
    ValueTask<SiloAddress?> GetActivationAddress(IAddressable reference);
}

/// <summary>How a silo is.</summary>
public enum SiloStatus
{
    /// <summary>Nothing is known.</summary>
    None = 0,

    /// <summary>It was made.</summary>
    Created = 1,

    /// <summary>It is about to come in.</summary>
    Joining = 2,

    /// <summary>It takes calls.</summary>
    Active = 3,

    /// <summary>It stops in order.</summary>
    ShuttingDown = 4,

    /// <summary>It stops at once.</summary>
    Stopping = 5,

    /// <summary>It is no more.</summary>
    Dead = 6,
}

/// <summary>How many activations of a class a silo has.</summary>
[GenerateSerializer]
public sealed class SimpleGrainStatistic
{
    /// <summary>The full name of the class.</summary>
    [Id(0)]
    public string GrainType { get; set; } = "";

    /// <summary>The silo.</summary>
    [Id(1)]
    public SiloAddress SiloAddress { get; set; } = null!;

    /// <summary>The number.</summary>
    [Id(2)]
    public int ActivationCount { get; set; }
}

[GrainType("sys.management"), RandomPlacement]
internal sealed class ManagementGrain : Grain, IManagementGrain
{
    private Cluster Cluster => ((Activation)GrainContext).Silo.Cluster;

    public Task<Dictionary<SiloAddress, SiloStatus>> GetHosts(bool onlyActive = false) =>
        Task.FromResult(Cluster.Silos.Where(silo => !onlyActive || silo.Status == SiloStatus.Active).ToDictionary(silo => silo.Address, silo => silo.Status));

    public Task<int> GetTotalActivationCount() => Task.FromResult(Cluster.Silos.Sum(silo => silo.Activations.Count(a => a.Class is not null)));

    public Task<SimpleGrainStatistic[]> GetSimpleGrainStatistics() => Task.FromResult(
        (from silo in Cluster.Silos
         from activation in silo.Activations
         where activation.Class is not null
         group activation by (silo.Address, activation.Class!.Type.FullName) into same
         select new SimpleGrainStatistic { GrainType = same.Key.FullName!, SiloAddress = same.Key.Address, ActivationCount = same.Count() }).ToArray());

    public ValueTask<SiloAddress?> GetActivationAddress(IAddressable reference) => new(Cluster.Find(reference.GetGrainId())?.Silo.Address);
}
