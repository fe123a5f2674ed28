using IppanFleet.Libp2p.Multiformats;

namespace IppanFleet.Libp2p.Swarm;

/// <summary>In which order the addresses of a peer are tried: near before far, TCP before others, IPv6 before IPv4; relays last (RFC 8305 §4, and the ranking of go-libp2p).</summary>
internal static class AddressRanking
{
    /// <summary>At most <paramref name="max"/> different addresses, best first; equals keep their order.</summary>
    internal static List<Multiaddr> Rank(IReadOnlyList<Multiaddr> addresses, int max)
    {
        var ranked = new List<(int Rank, Multiaddr Address)>(addresses.Count);
        var seen = new HashSet<Multiaddr>();
        foreach (var address in addresses)
        {
            if (seen.Add(address)) ranked.Add((RankOf(address), address));
        }
        return [.. ranked.OrderBy(a => a.Rank).Take(max).Select(a => a.Address)];
    }

    internal static int RankOf(Multiaddr address)
    {
        var parts = address.Parts;
        var at = parts[0].Protocol.Name == "ip6zone" && parts.Count > 1 ? 1 : 0;
        var name = parts[at].Protocol.Name;
        var value = parts[at].Value.Span;
        var distance = name switch
        {
            "memory" or "unix" => 0,
            "ip4" => AddressReach.OfIp4(value),
            "ip6" => AddressReach.OfIp6(value),
            _ => 4,
        };
        var tcp = false;
        var relayed = false;
        for (var i = at + 1; i < parts.Count; i++)
        {
            tcp |= parts[i].Protocol.Name == "tcp";
            relayed |= parts[i].Protocol.Name == "p2p-circuit";
        }
        return (relayed ? 100 : 0) + (10 * distance) + (tcp ? 0 : 2) + (name == "ip6" ? 0 : 1);
    }
}

/// <summary>How far an IP address is: 1 this machine, 2 a private network or link, 3 the internet.</summary>
internal static class AddressReach
{
    internal static int OfIp4(ReadOnlySpan<byte> ip) => ip[0] switch
    {
        127 => 1,
        10 => 2,
        172 when ip[1] is >= 16 and < 32 => 2,
        192 when ip[1] == 168 => 2,
        169 when ip[1] == 254 => 2,
        100 when ip[1] is >= 64 and < 128 => 2,
        _ => 3,
    };

    internal static int OfIp6(ReadOnlySpan<byte> ip)
    {
        if (ip[..15].IndexOfAnyExcept((byte)0) < 0 && ip[15] == 1) return 1;
        if (ip[..10].IndexOfAnyExcept((byte)0) < 0 && ip[10] == 0xff && ip[11] == 0xff) return OfIp4(ip[12..]);
        return (ip[0] & 0xfe) == 0xfc || (ip[0] == 0xfe && (ip[1] & 0xc0) == 0x80) ? 2 : 3;
    }
}
