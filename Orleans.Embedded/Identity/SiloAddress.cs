using System.Net;

namespace Orleans.Runtime;

/// <summary>A silo's end point and generation: a restarted silo has the same end point and another generation.</summary>
[GenerateSerializer, Immutable]
public sealed class SiloAddress : IEquatable<SiloAddress>
{
    private SiloAddress(IPEndPoint endpoint, int generation) => (Endpoint, Generation) = (endpoint, generation);

    /// <summary>Where the silo would listen; the embedded engine opens no socket there.</summary>
    public IPEndPoint Endpoint { get; }

    /// <summary>Tells silos apart that had one end point after another.</summary>
    public int Generation { get; }

    /// <summary>Makes an address.</summary>
    public static SiloAddress New(IPAddress address, int port, int generation) => new(new IPEndPoint(address, port), generation);

    /// <inheritdoc/>
    public bool Equals(SiloAddress? other) => other is not null && Generation == other.Generation && Endpoint.Equals(other.Endpoint);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as SiloAddress);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Endpoint, Generation);

    /// <summary>Saddress:port:generation</summary>
    public override string ToString() => $"S{Endpoint}:{Generation}";
}
