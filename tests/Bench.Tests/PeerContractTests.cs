using System.Net;
using IppanFleet.Bench.Interop;

namespace IppanFleet.Bench.Tests;

public sealed class PeerContractTests
{
    private readonly Dictionary<string, string> _environment = new(StringComparer.Ordinal) { ["transport"] = "tcp", ["security"] = "noise", ["muxer"] = "yamux", ["is_dialer"] = "false" };

    [Fact]
    public void WhatIsNotGiven_IsTheContractsDefault() =>
        Read().ShouldBe(new PeerContract(false, IPAddress.Any, new DnsEndPoint("redis", 6379), TimeSpan.FromSeconds(180)));

    [Fact]
    public void EverythingGiven_IsTaken()
    {
        (_environment["is_dialer"], _environment["ip"], _environment["redis_addr"], _environment["test_timeout_seconds"]) = ("true", "::1", "[::1]:7000", "20");
        Read().ShouldBe(new PeerContract(true, IPAddress.IPv6Loopback, new DnsEndPoint("::1", 7000), TimeSpan.FromSeconds(20)));
    }

    [Theory]
    [InlineData("transport", "quic-v1", "transport 'quic-v1' is not supported: this peer has tcp")]
    [InlineData("security", "tls", "security 'tls' is not supported: this peer has noise")]
    [InlineData("muxer", "", "muxer is not set: this peer has yamux")]
    [InlineData("is_dialer", "yes", "is_dialer is 'yes', not true or false")]
    [InlineData("ip", "here", "ip is 'here', not an IP address")]
    [InlineData("redis_addr", "redis", "redis_addr is 'redis', not HOST:PORT")]
    [InlineData("test_timeout_seconds", "0", "test_timeout_seconds is '0', not a whole number from 1 to 3600")]
    public void WhatThisPeerHasNot_IsSaid(string name, string value, string message)
    {
        _environment[name] = value;
        Should.Throw<ContractException>(Read).Message.ShouldBe(message);
    }

    private PeerContract Read() => PeerContract.Read(name => _environment.GetValueOrDefault(name));
}
