using Microsoft.Extensions.Hosting;

namespace Orleans.TestingHost;

/// <summary>What an in-process cluster is made of.</summary>
public sealed class InProcessTestClusterOptions
{
    /// <summary>The cluster's name; by default no other cluster has it.</summary>
    public string ClusterId { get; set; } = InProcessTestClusterBuilder.CreateClusterId();

    /// <summary>The service's name.</summary>
    public string ServiceId { get; set; } = Guid.NewGuid().ToString();

    /// <summary>How many silos <see cref="InProcessTestCluster.DeployAsync()"/> starts. Default 1.</summary>
    public short InitialSilosCount { get; set; } = 1;

    /// <summary>Whether <see cref="InProcessTestCluster.DeployAsync()"/> starts the client. Default: yes.</summary>
    public bool InitializeClientOnDeploy { get; set; } = true;

    /// <summary>What is done to the client's host.</summary>
    public List<Action<IHostApplicationBuilder>> ClientHostConfigurationDelegates { get; } = [];

    /// <summary>What is done to each silo's host.</summary>
    public List<Action<InProcessTestSiloSpecificOptions, IHostApplicationBuilder>> SiloHostConfigurationDelegates { get; } = [];
}

/// <summary>What tells one silo of a cluster from another.</summary>
public sealed class InProcessTestSiloSpecificOptions
{
    /// <summary>The silo's name.</summary>
    public string SiloName { get; set; } = "";

    /// <summary>The silo's port.</summary>
    public int SiloPort { get; set; }

    /// <summary>Where clients would come in.</summary>
    public int GatewayPort { get; set; }
}
