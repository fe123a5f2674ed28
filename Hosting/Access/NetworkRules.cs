using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using IppanFleet.Libp2p.Multiformats;

namespace IppanFleet.Hosting.Access;

/// <summary>Networks, each until a time: looked up by the lengths of prefix that there are, however many networks there are. Not changed once filled.</summary>
internal sealed class NetworkRules
{
    private readonly Dictionary<(bool IsV6, int Length), Dictionary<UInt128, DateTimeOffset>> _byLength = [];

    internal void Add(IPNetwork network, DateTimeOffset until)
    {
        var isV6 = network.BaseAddress.AddressFamily == AddressFamily.InterNetworkV6;
        var key = (isV6, network.PrefixLength);
        if (!_byLength.TryGetValue(key, out var networks)) _byLength.Add(key, networks = []);
        networks[BitsOf(network.BaseAddress.GetAddressBytes()) & Mask(network.PrefixLength)] = until;
    }

    /// <summary>Whether the address begins with an IP address of one of the networks.</summary>
    internal bool Contains(Multiaddr address, DateTimeOffset now)
    {
        if (_byLength.Count == 0 || !TryRead(address, out var bits, out var isV6)) return false;
        foreach (var ((ofV6, length), networks) in _byLength)
        {
            if (ofV6 == isV6 && networks.TryGetValue(bits & Mask(length), out var until) && now < until) return true;
        }

        return false;
    }

    private static bool TryRead(Multiaddr address, out UInt128 bits, out bool isV6)
    {
        var parts = address.Parts;
        var part = parts[0].Protocol.Name == "ip6zone" && parts.Count > 1 ? parts[1] : parts[0];
        isV6 = part.Protocol.Name == "ip6";
        bits = 0;
        if (!isV6 && part.Protocol.Name != "ip4") return false;
        bits = BitsOf(part.Value.Span);
        if (!isV6 || bits >> 32 != 0xffff) return true;
        // An IPv4 address within IPv6 is the same host.
        (bits, isV6) = (bits << 96, false);
        return true;
    }

    /// <summary>The address, from the highest bit on.</summary>
    private static UInt128 BitsOf(ReadOnlySpan<byte> address) =>
        address.Length == 4 ? (UInt128)BinaryPrimitives.ReadUInt32BigEndian(address) << 96 : BinaryPrimitives.ReadUInt128BigEndian(address);

    private static UInt128 Mask(int length) => length == 0 ? 0 : UInt128.MaxValue << (128 - length);
}
