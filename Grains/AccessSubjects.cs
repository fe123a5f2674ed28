using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace IppanFleet.Grains;

/// <summary>Reads what a ban is about, so that one thing has one spelling.</summary>
public static class AccessSubjects
{
    private const int MaxPeerLength = 128;
    private const int DotsOfIPv4 = 3;

    /// <summary>A peer id stays as it is; an address becomes a network of one; a network loses the bits behind its prefix, and an IPv4 address within IPv6 becomes IPv4.</summary>
    public static bool TryNormalise(string? text, out string subject)
    {
        subject = "";
        if (string.IsNullOrEmpty(text) || text.Length > MaxPeerLength) return false;
        if (TryReadNetwork(text, out var network)) subject = network.ToString();
        else if (text.All(char.IsAsciiLetterOrDigit) && !text.All(char.IsAsciiDigit)) subject = text;
        return subject.Length > 0;
    }

    /// <summary>Reads an IP address or a network.</summary>
    public static bool TryReadNetwork(string text, out IPNetwork network)
    {
        network = default;
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        var host = slash < 0 ? text : text[..slash];
        // IPAddress takes 10.1 for 10.0.0.1, which nobody means here.
        if (host.Contains('%', StringComparison.Ordinal) || (!host.Contains(':', StringComparison.Ordinal) && host.Count(c => c == '.') != DotsOfIPv4)) return false;
        if (!IPAddress.TryParse(host, out var address)) return false;
        var bits = address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128;
        var length = bits;
        if (slash >= 0 && (!int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out length) || length > bits)) return false;
        if (address.IsIPv4MappedToIPv6 && length >= 96) (address, length) = (address.MapToIPv4(), length - 96);
        network = new IPNetwork(Masked(address, length), length);
        return true;
    }

    private static IPAddress Masked(IPAddress address, int length)
    {
        var bytes = address.GetAddressBytes();
        for (var i = 0; i < bytes.Length; i++) bytes[i] &= (byte)(0xff << Math.Clamp(8 - (length - (8 * i)), 0, 8));
        return new IPAddress(bytes);
    }
}
