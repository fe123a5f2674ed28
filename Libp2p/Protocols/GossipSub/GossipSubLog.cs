using IppanFleet.Libp2p.Identity;
using Microsoft.Extensions.Logging;

namespace IppanFleet.Libp2p.Protocols.GossipSub;

/// <summary>What GossipSub logs.</summary>
internal static partial class GossipSubLog
{
    [LoggerMessage(1, LogLevel.Debug, "The gossip stream to {Peer} failed: {Reason}")]
    public static partial void StreamFailed(ILogger logger, PeerId peer, string reason);

    [LoggerMessage(2, LogLevel.Information, "Gave up on the gossip stream to {Peer} after {Attempts} attempts")]
    public static partial void GaveUp(ILogger logger, PeerId peer, int attempts);

    [LoggerMessage(3, LogLevel.Error, "The writer of the gossip stream to {Peer} failed unexpectedly")]
    public static partial void SessionFaulted(ILogger logger, PeerId peer, Exception exception);

    [LoggerMessage(4, LogLevel.Error, "The application failed on a message of {Peer} on {Topic}")]
    public static partial void HandlerFaulted(ILogger logger, PeerId peer, string topic, Exception exception);

    [LoggerMessage(5, LogLevel.Error, "A gossip heartbeat failed")]
    public static partial void HeartbeatFaulted(ILogger logger, Exception exception);

    [LoggerMessage(6, LogLevel.Trace, "Message {Id} of {Peer} on {Topic}: {Outcome}")]
    public static partial void MessageJudged(ILogger logger, MessageId id, PeerId peer, string topic, MessageVerdict outcome);
}
