using System.Net;
using Orleans.Streams;

namespace Orleans.Configuration;

/// <summary>How calls are carried.</summary>
public abstract class MessagingOptions
{
    /// <summary>How long a caller waits for a response. Default 30 s.</summary>
    public TimeSpan ResponseTimeout { get; set; } = TimeSpan.FromSeconds(30);
}

/// <summary>How calls of clients are carried.</summary>
public class ClientMessagingOptions : MessagingOptions;

/// <summary>How calls of grains are carried.</summary>
public class SiloMessagingOptions : MessagingOptions
{
    /// <summary>How many calls may wait at one activation; 0, the default: no limit.</summary>
    public int MaxEnqueuedRequestsHardLimit { get; set; }
}

/// <summary>When idle activations end.</summary>
public class GrainCollectionOptions
{
    /// <summary>How long an activation may be idle. Default 15 min.</summary>
    public TimeSpan CollectionAge { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>How often they are looked for. Default 1 min.</summary>
    public TimeSpan CollectionQuantum { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How long an activation may take to begin before its token is cancelled. Default 30 s.</summary>
    public TimeSpan ActivationTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long an activation may take to end before it is left alone. Default 30 s.</summary>
    public TimeSpan DeactivationTimeout { get; set; } = TimeSpan.FromSeconds(30);
}

/// <summary>Which cluster a silo or a client belongs to.</summary>
public class ClusterOptions
{
    internal const string Unnamed = "default";

    /// <summary>The deployment.</summary>
    public string ClusterId { get; set; } = Unnamed;

    /// <summary>The service, across deployments.</summary>
    public string ServiceId { get; set; } = Unnamed;
}

/// <summary>What a silo is called.</summary>
public class SiloOptions
{
    /// <summary>Unique in the cluster.</summary>
    public string SiloName { get; set; } = "";
}

/// <summary>A silo's end points. The embedded engine listens on none; they tell silos apart.</summary>
public class EndpointOptions
{
    /// <summary>The address that others know. Default: loopback.</summary>
    public IPAddress AdvertisedIPAddress { get; set; } = IPAddress.Loopback;

    /// <summary>The port that others know; 0, the default here: a number of its own.</summary>
    public int SiloPort { get; set; }

    /// <summary>Where clients would come in.</summary>
    public int GatewayPort { get; set; }
}

/// <summary>How memory storage works.</summary>
public class MemoryGrainStorageOptions;

/// <summary>The queues of a stream provider.</summary>
public class HashRingStreamQueueMapperOptions
{
    /// <summary>How many there are; silos and clients must agree. Default 8.</summary>
    public int TotalQueueCount { get; set; } = 8;
}

/// <summary>The subscriptions of a stream provider.</summary>
public class StreamPubSubOptions
{
    /// <summary>The kinds that it allows.</summary>
    public StreamPubSubType PubSubType { get; set; } = StreamPubSubType.ExplicitGrainBasedAndImplicit;
}
