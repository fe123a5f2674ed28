using System.Globalization;
using System.Net;

namespace IppanFleet.Bench.Interop;

/// <summary>
/// What the environment asks of a peer in a transport interoperability test, by the contract of libp2p's test plans
/// (https://github.com/libp2p/test-plans/blob/master/transport-interop/README.md).
/// </summary>
/// <param name="IsDialer">Whether the peer dials; else it listens.</param>
/// <param name="Ip">The address that a listener binds to. Default 0.0.0.0.</param>
/// <param name="Redis">Where the peers meet. Default redis:6379.</param>
/// <param name="Timeout">How long the test may take. Default 180 s.</param>
internal sealed record PeerContract(bool IsDialer, IPAddress Ip, DnsEndPoint Redis, TimeSpan Timeout)
{
    private const int MaxSeconds = 3_600;

    /// <summary>Reads the environment.</summary>
    /// <exception cref="ContractException">Something is missing or malformed, or this peer does not have it; the message says what, and what there is.</exception>
    internal static PeerContract Read(Func<string, string?> environment)
    {
        Require("transport", "tcp");
        Require("security", "noise");
        Require("muxer", "yamux");
        return new PeerContract(IsDialerIn(Given("is_dialer")), IpIn(Given("ip") ?? "0.0.0.0"), RedisIn(Given("redis_addr") ?? "redis:6379"), TimeoutIn(Given("test_timeout_seconds") ?? "180"));

        string? Given(string name) => environment(name) is { Length: > 0 } value ? value : null;

        void Require(string name, string only)
        {
            var value = Given(name) ?? throw new ContractException($"{name} is not set: this peer has {only}");
            if (value != only) throw new ContractException($"{name} '{value}' is not supported: this peer has {only}");
        }
    }

    private static bool IsDialerIn(string? value) => value switch
    {
        "true" => true,
        "false" => false,
        _ => throw new ContractException($"is_dialer is '{value}', not true or false"),
    };

    private static IPAddress IpIn(string value) => IPAddress.TryParse(value, out var ip) ? ip : throw new ContractException($"ip is '{value}', not an IP address");

    private static DnsEndPoint RedisIn(string value)
    {
        var colon = value.LastIndexOf(':');
        return colon > 0 && ushort.TryParse(value.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port > 0
            ? new DnsEndPoint(value[..colon].Trim('[', ']'), port)
            : throw new ContractException($"redis_addr is '{value}', not HOST:PORT");
    }

    private static TimeSpan TimeoutIn(string value) => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds is > 0 and <= MaxSeconds
        ? TimeSpan.FromSeconds(seconds)
        : throw new ContractException($"test_timeout_seconds is '{value}', not a whole number from 1 to {MaxSeconds.ToString(CultureInfo.InvariantCulture)}");
}

/// <summary>The test cannot be run as it was asked for.</summary>
internal sealed class ContractException(string message) : Exception(message);
