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

    /// <summary>The TXT records of a name, at most <paramref name="max"/>; empty when it has none.</summary>
    Task<IReadOnlyList<string>> FindTextsAsync(string name, int max, CancellationToken cancellationToken);
}

/// <summary>The system's name service.</summary>
internal sealed class SystemNames(TimeProvider time) : INameService
{
    private readonly DnsTextClient _texts = new(DnsTextClient.SystemServer(), TimeSpan.FromSeconds(2), time);

    public Task<IPAddress[]> FindAddressesAsync(string name, AddressFamily family, CancellationToken cancellationToken) => Dns.GetHostAddressesAsync(name, family, cancellationToken);

    public Task<IReadOnlyList<string>> FindTextsAsync(string name, int max, CancellationToken cancellationToken) => _texts.FindAsync(name, max, cancellationToken);
}

/// <summary>Turns <c>/dns</c>, <c>/dns4</c>, <c>/dns6</c> and <c>/dnsaddr</c> into IP addresses (https://github.com/multiformats/multiaddr/blob/master/protocols/DNSADDR.md). Depth, look-ups and results are bounded.</summary>
internal sealed class AddressResolver(INameService names, int maxPerName)
{
    private const int MaxDepth = 4;
    private const int MaxLookups = 16;
    private const int MaxResults = 64;
    private const string Prefix = "dnsaddr=";

    internal static bool NeedsResolving(Multiaddr address) => address.Parts[0].Protocol.Name is "dns" or "dns4" or "dns6" or "dnsaddr";

    /// <summary>The addresses with names resolved; a name that does not resolve is left out, and said in <c>Failed</c>.</summary>
    internal async ValueTask<(List<Multiaddr> Addresses, string? Failed)> ResolveAsync(IReadOnlyList<Multiaddr> addresses, CancellationToken cancellationToken)
    {
        var resolved = new List<Multiaddr>(addresses.Count);
        var waiting = new Queue<(Multiaddr Address, int Depth)>();
        foreach (var address in addresses) waiting.Enqueue((address, 0));
        string? failed = null;
        for (var lookups = 0; resolved.Count < MaxResults && waiting.TryDequeue(out var next);)
        {
            var (address, depth) = next;
            if (!NeedsResolving(address)) resolved.Add(address);
            else if (++lookups > MaxLookups) return (resolved, $"{address}: more than {MaxLookups} names");
            else if (address.Parts[0].Protocol.Name != "dnsaddr") failed = await FindAddressesAsync(address, resolved, cancellationToken).ConfigureAwait(false) ?? failed;
            else if (depth == MaxDepth) failed = $"{address}: /dnsaddr more than {MaxDepth} deep";
            else failed = await FollowAsync(address, depth, waiting, cancellationToken).ConfigureAwait(false) ?? failed;
        }
        return (resolved, failed);
    }

    private async ValueTask<string?> FindAddressesAsync(Multiaddr address, List<Multiaddr> resolved, CancellationToken cancellationToken)
    {
        try
        {
            var family = address.Parts[0].Protocol.Name switch { "dns4" => AddressFamily.InterNetwork, "dns6" => AddressFamily.InterNetworkV6, _ => AddressFamily.Unspecified };
            var found = await names.FindAddressesAsync(address.Parts[0].Text, family, cancellationToken).ConfigureAwait(false);
            var rest = Rest(address);
            foreach (var ip in found.Take(maxPerName)) resolved.Add(Multiaddr.Parse(Text(ip) + rest));
            return found.Length == 0 ? $"{address}: the name has no address" : null;
        }
        catch (SocketException e)
        {
            return $"{address}: the name does not resolve ({e.SocketErrorCode})";
        }
    }

    /// <summary>Queues the addresses of a <c>/dnsaddr</c> that end as it ends: one for another peer is not what was asked for.</summary>
    private async ValueTask<string?> FollowAsync(Multiaddr address, int depth, Queue<(Multiaddr Address, int Depth)> waiting, CancellationToken cancellationToken)
    {
        var texts = await names.FindTextsAsync("_dnsaddr." + address.Parts[0].Text, MaxResults, cancellationToken).ConfigureAwait(false);
        var rest = Rest(address);
        var any = false;
        foreach (var text in texts)
        {
            if (waiting.Count >= MaxResults) break;
            if (!text.StartsWith(Prefix, StringComparison.Ordinal) || !Multiaddr.TryParse(text[Prefix.Length..], out var found, out _)) continue;
            if (!found.ToString().EndsWith(rest, StringComparison.Ordinal)) continue;
            waiting.Enqueue((found, depth + 1));
            any = true;
        }
        return any ? null : $"{address}: no TXT record names an address for it";
    }

    private static string Text(IPAddress ip) => ip.AddressFamily == AddressFamily.InterNetwork ? $"/ip4/{ip}" : $"/ip6/{new IPAddress(ip.GetAddressBytes())}";

    /// <summary>What stands behind the name.</summary>
    private static string Rest(Multiaddr address)
    {
        var text = address.ToString();
        var name = text.IndexOf('/', text.IndexOf('/', 1) + 1);
        return name < 0 ? "" : text[name..];
    }
}
