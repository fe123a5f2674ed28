using System.Globalization;
using IppanFleet.Libp2p.Muxers.Yamux;
using IppanFleet.Libp2p.Protocols.GossipSub;
using IppanFleet.Libp2p.Protocols.Identify;
using IppanFleet.Libp2p.Protocols.RequestResponse;
using IppanFleet.Libp2p.Swarm;
using IppanFleet.P2P.LibP2P;

namespace IppanFleet.Architecture;

/// <summary>The limits that docs/protocols.md tells are the options' defaults.</summary>
public sealed class DocumentedLimitsTests
{
    private static readonly SwarmOptions Swarm = new();
    private static readonly YamuxOptions Yamux = new();
    private static readonly IdentifyOptions Identify = new();
    private static readonly RequestResponseOptions Request = new();
    private static readonly GossipSubOptions Gossip = new();
    private static readonly LibP2PConfig Node = new();

    public static TheoryData<string, string> Limits => new()
    {
        { "connections; with one peer", $"{Count(Swarm.MaxConnections)}; {Count(Swarm.MaxConnectionsPerPeer)}" },
        { "connections of an address; of a network", $"{Count(Swarm.Limits.Ip.Connections)}; {Count(Swarm.Limits.Subnet.Connections)}" },
        { "inbound handshakes at a time: in all, of an address, of a network", $"{Count(Swarm.MaxPendingInbound)}; {Count(Swarm.Limits.Ip.Handshakes)}; {Count(Swarm.Limits.Subnet.Handshakes)}" },
        { "inbound connections begun by an address", $"{Count((int)Swarm.Limits.HandshakesPerSecondPerIp)} a second, {Count(Swarm.Limits.HandshakeBurstPerIp)} at once" },
        { "dials at a time; to one host; that wait", $"{Count(Swarm.MaxConcurrentDials)}; {Count(Swarm.MaxDialsPerHost)}; {Count(Swarm.MaxQueuedDials)}" },
        { "from raw to multiplexed connection; dial; agreeing on a stream's protocol", $"{Seconds(Swarm.UpgradeTimeout)}; {Seconds(Swarm.DialTimeout)}; {Seconds(Swarm.NegotiationTimeout)}" },
        { "connection without streams", Seconds(Swarm.IdleConnectionTimeout) },
        {
            "streams of a peer: inbound, outbound; of a protocol; of the host",
            $"{Count(Swarm.Limits.Peer.InboundStreams)}, {Count(Swarm.Limits.Peer.OutboundStreams)}; {Count(Swarm.Limits.Protocol.InboundStreams)} each way; {Count(Swarm.Limits.Node.InboundStreams)} each way"
        },
        {
            "bytes reserved: of a peer, a protocol, the host; by a connection",
            $"{Bytes(Swarm.Limits.Peer.Memory)}, {Bytes(Swarm.Limits.Protocol.Memory)}, {Bytes(Swarm.Limits.Node.Memory)}; {Bytes(Swarm.Limits.ConnectionMemory)}"
        },
        { "peers that are known; addresses of one; size of a record", $"{Count(Swarm.Store.MaxPeers)}; {Count(Swarm.Store.MaxAddressesPerPeer)}; {Bytes(Swarm.Store.MaxRecordSize)}" },
        { "request; response; time", $"{Bytes(Request.MaxRequestSize)}; {Bytes(Request.MaxResponseSize)}; {Seconds(Request.Timeout)}" },
        { "requests at a time: of a peer, in all, to a peer", $"{Count(Request.MaxInboundPerPeer)}; {Count(Request.MaxInbound)}; {Count(Request.MaxOutboundPerPeer)}" },
        { "streams of a connection: inbound served, inbound open, outbound", $"{Count(Swarm.MaxInboundStreamsPerConnection)}; {Count(Yamux.MaxInboundStreams)}; {Count(Yamux.MaxOutboundStreams)}" },
        { "Yamux window of a stream; grown windows of a connection", $"256 KiB to {Bytes(Yamux.MaxReceiveWindow)}; {Bytes(Yamux.MaxGrownWindows)} more" },
        { "Yamux control frames that wait", Count(Yamux.MaxPendingControlFrames) },
        { "Yamux bytes that wait to be sent", Bytes(Yamux.MaxPendingBytes) },
        { "Yamux keep-alive: ping; answer or any other sign of life", $"each {Seconds(Yamux.KeepAliveInterval)}; {Seconds(Yamux.KeepAliveTimeout)}" },
        { "Yamux streams opened and reset", $"{Count(Yamux.ResetBudget)} in {Seconds(Yamux.ResetBudgetPeriod)}" },
        { "a stream that we disposed of and the remote does not close", Seconds(Yamux.LingerTimeout) },
        { "Identify message; protocols; addresses; time", $"{Bytes(Identify.MaxMessageSize)}; {Count(Identify.MaxProtocols)}; {Count(Identify.MaxAddresses)}; {Seconds(Identify.Timeout)}" },
        { "GossipSub ids: seen, rejected", $"{Count(Gossip.MaxSeenMessages)} or {Seconds(Gossip.SeenTtl)}; {Count(Gossip.MaxRejectedMessages)}" },
        { "GossipSub prune backoff that a remote may impose", Seconds(Gossip.MaxBackoff) },
        { "IPPAN messages a minute: of a peer, of all", $"{Count(Node.MaxMessagesPerPeer)}; {Count(Node.MaxMessages)}" },
        { "events that wait for the application", Count(Node.EventCapacity) },
    };

    [Theory]
    [MemberData(nameof(Limits))]
    public void Limit_IsTheDefaultOfItsOption(string what, string value) =>
        Repository.Read("docs/protocols.md").Split('\n').Single(line => line.StartsWith($"| {what} |", StringComparison.Ordinal)).Split('|')[2].Trim().ShouldBe(value);

    private static string Count(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    private static string Bytes(long bytes) => bytes >= 1 << 20 ? $"{Count(bytes >> 20)} MiB" : $"{Count(bytes >> 10)} KiB";

    private static string Seconds(TimeSpan time) => $"{Count((long)time.TotalSeconds)} s";
}
