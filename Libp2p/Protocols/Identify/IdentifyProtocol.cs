using IppanFleet.Libp2p.Identity;
using IppanFleet.Libp2p.Swarm;
using Microsoft.Extensions.Logging;

namespace IppanFleet.Libp2p.Protocols.Identify;

/// <summary>Tells peers who we are and learns who they are: <c>/ipfs/id/1.0.0</c> and <c>/ipfs/id/push/1.0.0</c>.</summary>
public sealed partial class IdentifyProtocol : IProtocolHandler
{
    private const string Id = "/ipfs/id/1.0.0";
    internal const string PushId = "/ipfs/id/push/1.0.0";

    private readonly PeerSwarm _swarm;
    private readonly IdentifyOptions _options;
    private readonly ILogger _logger;

    internal IdentifyProtocol(PeerSwarm swarm, IdentifyOptions options, ILogger logger)
    {
        (_swarm, _options, _logger) = (swarm, options, logger);
        swarm.ConnectionEstablished = connection => _ = AskAsync(connection);
        var push = new IdentifyPush(swarm, options.PushInterval, PushAsync);
        swarm.AnnouncementChanged = push.Schedule;
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Protocols { get; } = [Id, PushId];

    /// <inheritdoc/>
    public bool IsPrompt => true;

    /// <inheritdoc/>
    public async ValueTask HandleAsync(PeerStream stream, CancellationToken cancellationToken)
    {
        using var deadline = new Deadline(_swarm.Time, _options.Timeout, cancellationToken);
        if (stream.Protocol == PushId)
        {
            await ReceiveAsync(stream, _swarm.FindInfo(stream.RemotePeer), deadline.Token).ConfigureAwait(false);
            return;
        }
        await TellAsync(stream, deadline.Token).ConfigureAwait(false);
    }

    private async ValueTask TellAsync(PeerStream stream, CancellationToken cancellationToken)
    {
        using var memory = _swarm.Ledger.Reserve(IdentifyCodec.MaxSent, stream.RemotePeer, stream.Protocol);
        var message = IdentifyCodec.Encode(_swarm.Identity.PublicKey, _swarm.Protocols, _swarm.AnnouncedAddresses, stream.Connection.RemoteAddress, _swarm.SignedRecord, _options);
        await LengthPrefixed.WriteAsync(stream, message, cancellationToken).ConfigureAwait(false);
        await stream.CloseWriteAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Tells one peer what has changed; never faults.</summary>
    private async Task PushAsync(PeerConnection connection)
    {
        try
        {
            using var deadline = new Deadline(_swarm.Time, _options.Timeout, connection.Closed);
            var stream = await _swarm.OpenStreamAsync(connection, [PushId], deadline.Token).ConfigureAwait(false);
            await using (stream.ConfigureAwait(false)) await TellAsync(stream, deadline.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            IdentifyFailed(_logger, connection.RemotePeer, e.Message);
        }
    }

    /// <summary>Asks a new connection's peer; ends with the connection or the time-out, never faults.</summary>
    private async Task AskAsync(PeerConnection connection)
    {
        try
        {
            // Not the connection's end: what the remote told before it hung up is worth reading.
            using var deadline = new Deadline(_swarm.Time, _options.Timeout, CancellationToken.None);
            var stream = await _swarm.OpenStreamAsync(connection, [Id], deadline.Token).ConfigureAwait(false);
            await using (stream.ConfigureAwait(false))
            {
                await ReceiveAsync(stream, known: null, deadline.Token).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            IdentifyFailed(_logger, connection.RemotePeer, e.Message);
        }
    }

    private async ValueTask ReceiveAsync(PeerStream stream, PeerInfo? known, CancellationToken cancellationToken)
    {
        using var memory = _swarm.Ledger.Reserve(0, stream.RemotePeer, stream.Protocol);
        using var reader = new LengthPrefixedReader(stream, _options.MaxMessageSize, memory);
        var message = await reader.ReadAsync(cancellationToken).ConfigureAwait(false) ?? throw new ChannelException(ChannelFault.Truncated, "Identify: closed without a message");
        var fault = IdentifyCodec.Decode(message.Span, stream.RemotePeer, known, _options, out var info);
        if (fault != IdentifyFault.None)
        {
            throw new ChannelException(ChannelFault.ProtocolViolation, fault switch
            {
                IdentifyFault.OtherPeersKey => "Identify: the public key is not the connection's",
                IdentifyFault.TooManyProtocols => $"Identify: more than {_options.MaxProtocols} protocols",
                _ => "Identify: malformed message",
            });
        }
        _swarm.Identified(info, stream.Connection);
    }

    [LoggerMessage(20, LogLevel.Debug, "Identify with {Peer} failed: {Reason}")]
    private static partial void IdentifyFailed(ILogger logger, PeerId peer, string reason);
}
