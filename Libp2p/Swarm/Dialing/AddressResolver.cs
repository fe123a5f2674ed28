using System.Net;
using System.Net.Sockets;
using IppanFleet.Libp2p.Multiformats;

namespace IppanFleet.Libp2p.Swarm;

/// <summary>Asks the name service.</summary>
public interface INameService
{
    /// <summary>The addresses of a name; empty when it has none.</summary>
    /// <exception cref="SocketException">The name does not resolve.</exception>
    Task<IPAddress[]> FindAddressesAsync(string name, AddressFamily family, CancellationToken cancellationToken);
}

/// <summary>The system's name service.</summary>
internal sealed class SystemNames : INameService
{
    public Task<IPAddress[]> FindAddressesAsync(string name, AddressFamily family, CancellationToken cancellationToken) => Dns.GetHostAddressesAsync(name, family, cancellationToken);
}

/// <summary>Turns <c>/dns</c>, <c>/dns4</c> and <c>/dns6</c> into IP addresses, all of those of a name up to a bound.</summary>
internal sealed class AddressResolver(INameService names, int maxPerName)
{
    internal static bool NeedsResolving(Multiaddr address) => address.Parts[0].Protocol.Name is "dns" or "dns4" or "dns6";

    /// <summary>The addresses with names resolved; a name that does not resolve is left out, and said in <c>Failed</c>.</summary>
    internal async ValueTask<(List<Multiaddr> Addresses, string? Failed)> ResolveAsync(IReadOnlyList<Multiaddr> addresses, CancellationToken cancellationToken)
    {
        var resolved = new List<Multiaddr>(addresses.Count);
        string? failed = null;
        foreach (var address in addresses)
        {
            if (!NeedsResolving(address))
            {
                resolved.Add(address);
                continue;
            }
            try
            {
                var family = address.Parts[0].Protocol.Name switch { "dns4" => AddressFamily.InterNetwork, "dns6" => AddressFamily.InterNetworkV6, _ => AddressFamily.Unspecified };
                var found = await names.FindAddressesAsync(address.Parts[0].Text, family, cancellationToken).ConfigureAwait(false);
                foreach (var ip in found.Take(maxPerName)) resolved.Add(Multiaddr.Parse(Text(ip) + Rest(address)));
                if (found.Length == 0) failed = $"{address}: the name has no address";
            }
            catch (SocketException e)
            {
                failed = $"{address}: the name does not resolve ({e.SocketErrorCode})";
            }
        }
        return (resolved, failed);
    }

    private static string Text(IPAddress ip) => ip.AddressFamily == AddressFamily.InterNetwork ? $"/ip4/{ip}" : $"/ip6/{new IPAddress(ip.GetAddressBytes())}";

    private static string Rest(Multiaddr address)
    {
        var text = address.ToString();
        return text[text.IndexOf('/', text.IndexOf('/', 1) + 1)..];
    }
}
