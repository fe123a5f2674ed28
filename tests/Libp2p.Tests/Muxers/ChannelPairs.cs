using IppanFleet.Libp2p.Identity;
using IppanFleet.Libp2p.Multiformats;
using IppanFleet.Libp2p.Security.Noise;
using IppanFleet.Libp2p.Transports.Memory;
using IppanFleet.Libp2p.Transports.Tcp;

namespace IppanFleet.Libp2p.Tests.Muxers;

/// <summary>The two ends of a connection, by the kind that a test asks for.</summary>
internal static class ChannelPairs
{
    internal static async Task<(ByteChannel Dialer, ByteChannel Listener)> CreateAsync(string kind)
    {
        switch (kind)
        {
            case "memory":
                return MemoryChannel.CreatePair();
            case "tcp":
                var transport = new TcpTransport();
                await using (var listener = await transport.ListenAsync(Multiaddr.Parse("/ip4/127.0.0.1/tcp/0"), TestHosts.Deadline))
                {
                    var accepting = listener.AcceptAsync(TestHosts.Deadline);
                    var dialed = await transport.DialAsync(listener.Addresses[0], TestHosts.Deadline);
                    return (dialed.Channel, (await accepting)!.Channel);
                }
            case "noise over memory":
                return await SecureAsync(await CreateAsync("memory"));
            case "noise over tcp":
                return await SecureAsync(await CreateAsync("tcp"));
            default:
                throw new ArgumentOutOfRangeException(nameof(kind), kind, "no such connection");
        }
    }

    private static async Task<(ByteChannel Dialer, ByteChannel Listener)> SecureAsync((ByteChannel Dialer, ByteChannel Listener) raw)
    {
        using PeerIdentity alice = PeerIdentity.Generate(), bob = PeerIdentity.Generate();
        using NoiseSecurity near = new(alice), far = new(bob);
        var listening = far.UpgradeAsync(raw.Listener, initiator: false, null, [], TestHosts.Deadline).AsTask();
        var dialed = await near.UpgradeAsync(raw.Dialer, initiator: true, null, [], TestHosts.Deadline);
        return (dialed.Channel, (await listening).Channel);
    }
}
