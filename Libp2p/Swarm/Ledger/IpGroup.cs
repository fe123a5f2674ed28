using System.Buffers.Binary;
using System.Net;
using IppanFleet.Libp2p.Multiformats;

namespace IppanFleet.Libp2p.Swarm;

/// <summary>An IP network: the first <paramref name="Length"/> bits of an address. The default value is no network.</summary>
internal readonly record struct IpPrefix(UInt128 Bits, byte Length, bool IsV6)
{
    internal bool IsNone => Length == 0;

    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, Bits);
        return $"{new IPAddress(IsV6 ? bytes : bytes[..4])}/{Length}";
    }
}

/// <summary>The remote host and network that an address belongs to.</summary>
internal readonly record struct IpGroup(IpPrefix Host, IpPrefix Subnet)
{
    /// <summary>The groups of an address that begins with an IP address; none for memory addresses and, unless they are asked for, for loopback.</summary>
    internal static IpGroup Of(Multiaddr address, bool loopback)
    {
        var parts = address.Parts;
        var at = parts[0].Protocol.Name == "ip6zone" && parts.Count > 1 ? 1 : 0;
        var bytes = parts[at].Value.Span;
        switch (parts[at].Protocol.Name)
        {
            case "ip4":
                if (!loopback && bytes[0] == 127) return default;
                return Make(bytes, isV6: false, 32, 24);
            case "ip6":
                var bits = BinaryPrimitives.ReadUInt128BigEndian(bytes);
                if (bits >> 32 == 0xffff) return bytes[12] == 127 && !loopback ? default : Make(bytes[12..], isV6: false, 32, 24);
                return !loopback && bits == UInt128.One ? default : Make(bytes, isV6: true, 64, 56);
            default:
                return default;
        }
    }

    private static IpGroup Make(ReadOnlySpan<byte> address, bool isV6, byte host, byte subnet)
    {
        UInt128 bits = 0;
        for (var i = 0; i < address.Length; i++) bits |= (UInt128)address[i] << (120 - (8 * i));
        return new IpGroup(new IpPrefix(bits & Mask(host), host, isV6), new IpPrefix(bits & Mask(subnet), subnet, isV6));
    }

    private static UInt128 Mask(int length) => UInt128.MaxValue << (128 - length);
}
