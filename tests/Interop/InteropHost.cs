using System.Collections.Concurrent;
using System.Security.Cryptography;
using IppanFleet.Ippan;
using IppanFleet.Libp2p;
using IppanFleet.Libp2p.Identity;
using IppanFleet.Libp2p.Multiformats;
using IppanFleet.Libp2p.Protocols.GossipSub;
using IppanFleet.Libp2p.Protocols.Identify;
using IppanFleet.Libp2p.Protocols.RequestResponse;
using IppanFleet.Libp2p.Swarm;
using Microsoft.Extensions.Logging.Abstractions;

namespace IppanFleet.Interop;

/// <summary>A host of ours with every protocol that the js peer has, and what there is to try between them.</summary>
internal sealed class InteropHost : IMessageHandler, IAsyncDisposable
{
    /// <summary>Requests and responses with their lengths before them; the js peer's echo is such a response to such a request.</summary>
    internal const string RequestId = "/request/1.0.0";

    private static readonly Topic Topic = new("interop");

    private readonly PeerIdentity _identity;
    private readonly GossipSubProtocol _gossip;
    private readonly RequestResponseProtocol _asking;
    private readonly ConcurrentQueue<(string Author, byte[] Data)> _received = new();

    private InteropHost(PeerIdentity identity)
    {
        _identity = identity;
        Host = new Libp2pHost(new Libp2pHostOptions
        {
            Identity = identity,
            ListenAddresses = [Multiaddr.Parse("/ip4/127.0.0.1/tcp/0")],
            Identify = new IdentifyOptions { AgentVersion = "interop/1", ProtocolVersion = "/ippan/1.0.0", PushInterval = TimeSpan.FromMilliseconds(200) },
            ServePerf = true,
        });
        _gossip = new GossipSubProtocol(Host.Swarm, new GossipSubOptions { MessageIdFunction = Blake3OfData, HeartbeatInterval = TimeSpan.FromMilliseconds(200) }, this, NullLogger<GossipSubProtocol>.Instance);
        _asking = new RequestResponseProtocol(Host.Swarm, [EchoProtocol.Id], Mirror);
        Host.Add(_gossip);
        Host.Add(new EchoProtocol());
        Host.Add(new RequestResponseProtocol(Host.Swarm, [RequestId], Mirror));
        _gossip.Subscribe(Topic);
    }

    internal Libp2pHost Host { get; }

    internal static async Task<InteropHost> StartAsync(PeerIdentity identity, CancellationToken deadline)
    {
        var host = new InteropHost(identity);
        await host.Host.StartAsync(deadline);
        return host;
    }

    internal async Task ConnectAsync(JsPeer js, bool weDial, CancellationToken deadline)
    {
        if (weDial) (await Host.Swarm.DialAsync(Multiaddr.Parse(js.Address), deadline)).RemotePeer.ToString().ShouldBe(js.PeerId);
        else ((string)(await js.CallAsync("dial", new { address = Host.Addresses[0].ToString() }))!).ShouldBe(Host.Id.ToString());
        await UntilAsync(() => Host.Swarm.FindConnection(PeerId.Parse(js.PeerId)) is not null, "connected", deadline);
        Host.Swarm.FindConnection(PeerId.Parse(js.PeerId))!.Direction.ShouldBe(weDial ? Direction.Outbound : Direction.Inbound);
    }

    /// <summary>Each knows the other by Identify, and has verified the other's signed record.</summary>
    internal async Task IdentifyAsync(JsPeer js, CancellationToken deadline)
    {
        var peer = PeerId.Parse(js.PeerId);
        var told = await js.CallAsync("identify-of", new { peerId = Host.Id.ToString() });
        ((string)told!["agentVersion"]!).ShouldBe("interop/1");
        told["signedAddresses"].ShouldNotBeNull("js verified our record");
        told["signedAddresses"]!.AsArray().Select(a => (string)a!).ShouldContain(Host.Swarm.ListenAddresses[0].ToString());
        await UntilAsync(() => Host.Swarm.FindInfo(peer) is not null, "js identified", deadline);
        Host.Swarm.FindInfo(peer)!.AgentVersion.ShouldStartWith("js-libp2p");
        var record = Host.Swarm.Store.FindRecord(peer);
        record.ShouldNotBeNull("we verified js's record");
        record.Value.Record.Addresses.Select(a => $"{a}/p2p/{js.PeerId}").ShouldContain(js.Address);
    }

    internal async Task PingAsync(JsPeer js, CancellationToken deadline)
    {
        (await Host.Ping.PingAsync(PeerId.Parse(js.PeerId), deadline)).ShouldBeGreaterThan(TimeSpan.Zero);
        ((double)(await js.CallAsync("ping", new { peerId = Host.Id.ToString() }))!).ShouldBeLessThan(5000);
    }

    /// <summary>A request from each side, answered whole by the other.</summary>
    internal async Task RequestAsync(JsPeer js, int size, CancellationToken deadline)
    {
        var data = RandomNumberGenerator.GetBytes(size);
        (await _asking.RequestAsync(PeerId.Parse(js.PeerId), data, deadline)).ShouldBe(data);
        var head = new byte[Varint.MaxSize];
        byte[] framed = [.. head[..Varint.Write(head, (ulong)size)], .. data];
        var back = await js.CallAsync("echo", new { peerId = Host.Id.ToString(), protocol = RequestId, dataBase64 = Convert.ToBase64String(framed) });
        Convert.FromBase64String((string)back!).ShouldBe(framed);
    }

    internal async Task PerfAsync(JsPeer js, int bytes, CancellationToken deadline)
    {
        await Host.Perf.MeasureAsync(PeerId.Parse(js.PeerId), (ulong)bytes, (ulong)bytes, deadline);
        await js.CallAsync("perf", new { peerId = Host.Id.ToString(), uploadBytes = bytes, downloadBytes = bytes });
    }

    /// <summary>A message of each js peer reaches us with its author, and one of ours reaches all of them: every one has its signature checked.</summary>
    internal async Task GossipAsync(IReadOnlyList<JsPeer> peers, CancellationToken deadline)
    {
        foreach (var js in peers) await js.CallAsync("subscribe", new { topic = Topic.Name });
        foreach (var js in peers)
        {
            await UntilAsync(() => _gossip.Subscribers(Topic).Contains(PeerId.Parse(js.PeerId)), "js subscribed", deadline);
            while (!(await js.CallAsync("mesh", new { topic = Topic.Name }))!.AsArray().Any(p => (string)p! == Host.Id.ToString())) await Task.Delay(20, deadline);
        }
        foreach (var js in peers)
        {
            var theirs = RandomNumberGenerator.GetBytes(1024);
            await js.CallAsync("publish", new { topic = Topic.Name, dataBase64 = Convert.ToBase64String(theirs) });
            await UntilAsync(() => _received.Any(m => m.Author == js.PeerId && m.Data.AsSpan().SequenceEqual(theirs)), "js's message arrived", deadline);
        }
        var ours = RandomNumberGenerator.GetBytes(1024);
        (await _gossip.PublishAsync(Topic, ours, deadline)).IsPublished.ShouldBeTrue();
        foreach (var js in peers) await js.NextAsync("message", m => (string?)m["from"] == Host.Id.ToString() && (string?)m["dataBase64"] == Convert.ToBase64String(ours));
        _gossip.Statistics.Invalid.ShouldBe(0);
        _gossip.Statistics.Rejected.ShouldBe(0);
    }

    internal static async Task UntilAsync(Func<bool> condition, string what, CancellationToken deadline)
    {
        while (!condition())
        {
            deadline.IsCancellationRequested.ShouldBeFalse($"never: {what}");
            await Task.Delay(10, CancellationToken.None);
        }
    }

    public MessageVerdict Validate(in GossipMessage message, out object? decoded)
    {
        decoded = null;
        return MessageVerdict.Accept;
    }

    public void Receive(in GossipMessage message, object? decoded) => _received.Enqueue((message.Author.ToString(), message.Data.ToArray()));

    public async ValueTask DisposeAsync()
    {
        await _gossip.DisposeAsync();
        await Host.DisposeAsync();
        _identity.Dispose();
    }

    private static ValueTask<ReadOnlyMemory<byte>> Mirror(PeerId peer, ReadOnlyMemory<byte> request, CancellationToken cancellationToken) => new(request.ToArray());

    private static MessageId Blake3OfData(MessageContent content) => new(Blake3.Hash(content.Data).AsSpan());
}
