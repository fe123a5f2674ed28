using IppanFleet.Libp2p.Identity;
using IppanFleet.Libp2p.Multiformats;
using Microsoft.Extensions.Logging;

namespace IppanFleet.Libp2p.Swarm;

/// <summary>The swarm's log events: one per change of state.</summary>
internal static partial class SwarmLog
{
    [LoggerMessage(1, LogLevel.Information, "Listening on {Address}")]
    internal static partial void Listening(this ILogger logger, Multiaddr address);

    [LoggerMessage(2, LogLevel.Debug, "Connected to {Peer} at {Address} ({Direction})")]
    internal static partial void Connected(this ILogger logger, PeerId peer, Multiaddr address, Direction direction);

    [LoggerMessage(3, LogLevel.Debug, "Connection to {Peer} at {Address} ended: {Reason}")]
    internal static partial void Disconnected(this ILogger logger, PeerId peer, Multiaddr address, string reason);

    [LoggerMessage(4, LogLevel.Debug, "Inbound connection from {Address} refused: {Reason}")]
    internal static partial void InboundRefused(this ILogger logger, Multiaddr address, string reason);

    [LoggerMessage(5, LogLevel.Debug, "Stream of {Protocol} from {Peer} ended: {Reason}")]
    internal static partial void StreamFailed(this ILogger logger, string protocol, PeerId peer, string reason);

    [LoggerMessage(6, LogLevel.Error, "The handler of {Protocol} failed on a stream from {Peer}")]
    internal static partial void HandlerFailed(this ILogger logger, Exception exception, string protocol, PeerId peer);

    [LoggerMessage(7, LogLevel.Error, "An observer of peers failed")]
    internal static partial void ObserverFailed(this ILogger logger, Exception exception);

    [LoggerMessage(8, LogLevel.Error, "The listener on {Address} failed")]
    internal static partial void ListenerFailed(this ILogger logger, Exception exception, Multiaddr address);

    [LoggerMessage(9, LogLevel.Error, "The connection gater failed; what it was asked about is refused")]
    internal static partial void GaterFailed(this ILogger logger, Exception exception);

    [LoggerMessage(10, LogLevel.Debug, "Connection to {Peer} at {Address} gives way to a better one")]
    internal static partial void Evicted(this ILogger logger, PeerId peer, Multiaddr address);
}
