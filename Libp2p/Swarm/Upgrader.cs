using IppanFleet.Libp2p.Identity;
using IppanFleet.Libp2p.Muxers;
using IppanFleet.Libp2p.Negotiation;
using IppanFleet.Libp2p.Security;
using IppanFleet.Libp2p.Transports;

namespace IppanFleet.Libp2p.Swarm;

/// <summary>Makes a secured, multiplexed connection out of a raw one: security first, muxer second (https://github.com/libp2p/specs/blob/master/connections/README.md).</summary>
internal sealed class Upgrader(ISecurity security, IReadOnlyList<IMuxer> muxers, TimeProvider time)
{
    private readonly string[] _muxerNames = [.. muxers.Select(m => m.Protocol)];

    /// <summary>The connection, whose streams begin with <see cref="IMuxedConnection.Start"/>.</summary>
    /// <exception cref="ChannelException">A step failed; the rule says which.</exception>
    /// <exception cref="WrongPeerException">Another peer answered than <paramref name="expected"/>.</exception>
    internal async ValueTask<PeerConnection> UpgradeAsync(
        TransportConnection raw, Direction direction, PeerId? expected, ConnectionEvents events, Action<PeerConnection, ByteChannel> onStream, ResourceLedger ledger, CancellationToken cancellationToken)
    {
        var initiator = direction == Direction.Outbound;
        var buffered = new BufferedChannel(raw.Channel);
        ByteChannel channel = buffered;
        if (initiator)
        {
            channel = new LazyDialChannel(channel, security.Protocol);
        }
        else if (await MultistreamSelect.ListenAsync(channel, p => p == security.Protocol, cancellationToken).ConfigureAwait(false) is null)
        {
            throw new ChannelException(ChannelFault.Truncated, $"the remote does not speak {security.Protocol}");
        }
        var secured = await security.UpgradeAsync(channel, initiator, expected, _muxerNames, cancellationToken).ConfigureAwait(false);
        if (!events.Allows((direction, secured.RemoteKey.Id, raw.RemoteAddress), static (g, s) => g.AllowSecured(s.direction, s.Id, s.RemoteAddress)))
        {
            throw new SwarmException(SwarmFault.Gated, $"{secured.RemoteKey.Id} at {raw.RemoteAddress} is not allowed");
        }
        var chosen = secured.Muxer ?? await NegotiateMuxerAsync(secured.Channel, initiator, cancellationToken).ConfigureAwait(false);
        var muxer = muxers.First(m => m.Protocol == chosen);
        var connection = new PeerConnection(secured.RemoteKey, raw.LocalAddress, raw.RemoteAddress, direction, time.GetUtcNow()) { Session = secured.Session };
        buffered.Release();
        connection.Muxed = muxer.Create(secured.Channel, initiator, stream => onStream(connection, stream), new WindowMemory(ledger, connection.RemotePeer));
        return connection;
    }

    private async ValueTask<string> NegotiateMuxerAsync(ByteChannel channel, bool initiator, CancellationToken cancellationToken)
    {
        var chosen = initiator
            ? await MultistreamSelect.DialAsync(channel, _muxerNames, cancellationToken).ConfigureAwait(false)
            : await MultistreamSelect.ListenAsync(channel, p => Array.IndexOf(_muxerNames, p) >= 0, cancellationToken).ConfigureAwait(false);
        return chosen ?? throw new ChannelException(ChannelFault.ProtocolViolation, $"the remote speaks none of our muxers ({string.Join(", ", _muxerNames)})");
    }
}
