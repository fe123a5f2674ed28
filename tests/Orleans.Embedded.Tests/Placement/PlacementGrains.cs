using Orleans.Placement;
using Orleans.Runtime;

namespace Orleans.Tests.Placement;

public interface IRandomGrain : IGrainWithIntegerKey
{
    Task<string> Silo();
}

[GrainType("tests-random"), RandomPlacement]
internal sealed class RandomGrain : Grain, IRandomGrain
{
    public Task<string> Silo() => Task.FromResult(GrainContext.Address.SiloAddress!.ToString());
}

public interface ICountedGrain : IGrainWithIntegerKey
{
    Task<string> Silo();
}

[GrainType("tests-counted"), ActivationCountBasedPlacement]
internal sealed class CountedGrain : Grain, ICountedGrain
{
    public Task<string> Silo() => Task.FromResult(GrainContext.Address.SiloAddress!.ToString());
}
