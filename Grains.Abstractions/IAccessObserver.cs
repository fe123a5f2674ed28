using Orleans.Concurrency;

namespace IppanFleet.Grains;

/// <summary>A silo that is told at once when the fleet's bans change.</summary>
[Alias("ippan.access-observer")]
public interface IAccessObserver : IGrainObserver
{
    /// <summary>The bans are these from now on.</summary>
    [Alias("changed"), OneWay]
    Task Changed(AccessList access);
}
