using Orleans.TestingHost;

namespace IppanFleet.Testing;

/// <summary>A silo of a <see cref="TestFleet"/>, from its start to its end: one that is restarted is a new one.</summary>
public sealed class TestSilo
{
    private readonly TestFleet _fleet;

    internal TestSilo(TestFleet fleet, InProcessSiloHandle handle) => (_fleet, Handle) = (fleet, handle);

    /// <summary>The silo's name.</summary>
    public string Name => Handle.Name;

    /// <summary>Whether it was neither killed nor stopped.</summary>
    public bool IsUp => Handle.IsActive;

    /// <summary>The services of the silo's host.</summary>
    public IServiceProvider Services => Handle.ServiceProvider;

    /// <summary>The nodes that run in it now.</summary>
    public IReadOnlyList<TestNode> Nodes => [.. _fleet.Nodes.Where(node => node.Silo == Name)];

    internal InProcessSiloHandle Handle { get; }

    /// <inheritdoc/>
    public override string ToString() => Name;
}
