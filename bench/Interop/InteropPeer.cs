using System.Diagnostics;
using System.Net;
using System.Text.Json;
using IppanFleet.Libp2p;
using IppanFleet.Libp2p.Multiformats;
using IppanFleet.Libp2p.Swarm;

namespace IppanFleet.Bench.Interop;

/// <summary>
/// This stack as one peer of a transport interoperability test: a listener puts its address into Redis, a dialer takes it from there, dials, pings, and prints how long that took.
/// Standard output has the dialer's one line of JSON and nothing else.
/// </summary>
internal static class InteropPeer
{
    private const string AddressKey = "listenerAddr";

    /// <summary>0: dialed and pinged; 1: it failed, or nobody ended the listener in time; 2: this peer does not have what was asked for.</summary>
    internal static async Task<int> RunAsync(Func<string, string?> environment, TextWriter output, TextWriter log)
    {
        try
        {
            var contract = PeerContract.Read(environment);
            using var deadline = new CancellationTokenSource(contract.Timeout);
            await using var redis = await RedisClient.ConnectAsync(contract.Redis, deadline.Token);
            return await (contract.IsDialer ? DialAsync(contract, redis, output, log, deadline.Token) : ListenAsync(contract, redis, log, deadline.Token));
        }
        catch (ContractException e)
        {
            await log.WriteLineAsync(Printable(e.Message));
            return 2;
        }
        catch (OperationCanceledException)
        {
            await log.WriteLineAsync("the time of the test is over");
            return 1;
        }
        catch (Exception e) when (e is IOException or RedisException or SwarmException or ChannelException or FormatException)
        {
            await log.WriteLineAsync(Printable(e.Message));
            return 1;
        }
    }

    private static async Task<int> DialAsync(PeerContract contract, RedisClient redis, TextWriter output, TextWriter log, CancellationToken cancellationToken)
    {
        await using var host = new Libp2pHost(new Libp2pHostOptions { ListenAddresses = [] });
        var text = await redis.PopFirstAsync(AddressKey, contract.Timeout, cancellationToken) ?? throw new RedisException($"no listener put its address into '{AddressKey}' in time");
        await log.WriteLineAsync($"dialing {Printable(text)}");
        var address = Multiaddr.Parse(text);
        var begun = Stopwatch.GetTimestamp();
        var connection = await host.Swarm.DialAsync(address, cancellationToken);
        var ping = await host.Ping.PingAsync(connection.RemotePeer, cancellationToken);
        var all = Stopwatch.GetElapsedTime(begun);
        await output.WriteLineAsync(JsonSerializer.Serialize(new Timings(all.TotalMilliseconds, ping.TotalMilliseconds)));
        await output.FlushAsync(cancellationToken);
        return 0;
    }

    private static async Task<int> ListenAsync(PeerContract contract, RedisClient redis, TextWriter log, CancellationToken cancellationToken)
    {
        var family = contract.Ip.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? "ip6" : "ip4";
        await using var host = new Libp2pHost(new Libp2pHostOptions { ListenAddresses = [Multiaddr.Parse($"/{family}/{contract.Ip}/tcp/0")] });
        await host.StartAsync(cancellationToken);
        // Bound to all interfaces, the dialer in another container needs one that leads here.
        var address = host.Addresses.FirstOrDefault(known => !IsLoopback(known)) ?? host.Addresses[0];
        await redis.AppendAsync(AddressKey, address.ToString(), cancellationToken);
        await log.WriteLineAsync($"listening on {address}");
        // Whoever runs the test ends this process when the dialer is done.
        await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
        return 1;
    }

    private static bool IsLoopback(Multiaddr address) => address.TryGetTcpEndPoint(out var endPoint) && IPAddress.IsLoopback(endPoint.Address);

    /// <summary>What comes from Redis was written by somebody else.</summary>
    private static string Printable(string text) => string.Concat(text.Select(character => char.IsControl(character) ? '?' : character));

    /// <summary>What a dialer prints; the names are the contract's, the spelling too.</summary>
    private sealed record Timings(
        [property: System.Text.Json.Serialization.JsonPropertyName("handshakePlusOneRTTMillis")] double HandshakePlusOneRtt,
        [property: System.Text.Json.Serialization.JsonPropertyName("pingRTTMilllis")] double PingRtt);
}
