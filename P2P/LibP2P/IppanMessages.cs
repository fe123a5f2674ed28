using IppanFleet.Ippan;
using IppanFleet.Libp2p.Protocols.GossipSub;

namespace IppanFleet.P2P.LibP2P;

/// <summary>Judges what arrives on IPPAN's topics, before it is forwarded: size and rate, then form, id and signature, then the rules. Reports what passed.</summary>
internal sealed class IppanMessages(LibP2PConfig config, Action<NetworkEvent> report, PeerTallies tallies) : IMessageHandler
{
    private readonly IngressGuard _guard = new(config);

    public MessageVerdict Screen(in GossipMessage message) =>
        config.Access?.AllowAuthor(message.Author) != false && _guard.TryTake(message.Source) ? MessageVerdict.Accept : MessageVerdict.Ignore;

    public MessageVerdict Validate(in GossipMessage message, out object? decoded)
    {
        (var verdict, decoded) = message.Topic.Name switch
        {
            IppanTopics.Blocks or IppanTopics.Transactions or IppanTopics.PeerInfo => Judge(message),
            IppanTopics.DagVertices => DagVertexAnnouncement.TryDecode(message.Data.Span, out var vertex, out _) ? (MessageVerdict.Accept, (object?)vertex) : (MessageVerdict.Reject, null),
            _ => (MessageVerdict.Accept, null),
        };
        if (verdict == MessageVerdict.Reject) tallies.Rejected(message.Source);
        return verdict;
    }

    public void Receive(in GossipMessage message, object? decoded)
    {
        tallies.Accepted(message.Source);
        var from = message.Source.ToString();
        var at = message.ReceivedAt;
        // The network's message ids are BLAKE3 of the data: whoever hears of a message need not hash it again.
        Span<byte> bytes = stackalloc byte[Blake3.HashSize];
        message.Id.CopyTo(bytes);
        var id = new Hash32(bytes);
        report(decoded switch
        {
            BlockVerdict judged => new NetworkEvent.BlockReceived(judged.Block, from, message.Data.ToArray()) { At = at, MessageId = id, Authenticated = judged.Authenticated },
            Transaction transaction => new NetworkEvent.TransactionReceived(transaction, from, message.Data.ToArray()) { At = at, MessageId = id },
            PeerInfo info => new NetworkEvent.PeerInfoReceived(info, from) { At = at },
            DagVertexAnnouncement vertex => new NetworkEvent.DagVertexReceived(vertex, from, message.Data.ToArray()) { At = at, MessageId = id },
            _ => new NetworkEvent.GossipReceived(message.Topic.Name, message.Data.ToArray(), from) { At = at },
        });
    }

    /// <summary>Each topic carries its own kind of message and no other.</summary>
    private (MessageVerdict Verdict, object? Value) Judge(in GossipMessage message)
    {
        if (!NetworkMessage.TryDecode(message.Data.Span, out var decoded, out _)) return (MessageVerdict.Reject, null);
        return (message.Topic.Name, decoded) switch
        {
            (IppanTopics.Blocks, NetworkMessage.BlockMessage { Block: var block }) => JudgeBlock(block),
            (IppanTopics.Transactions, NetworkMessage.TransactionMessage { Transaction: var transaction }) => (Verdict(transaction.Validate(LatestTime())), transaction),
            (IppanTopics.PeerInfo, NetworkMessage.PeerInfoMessage { PeerInfo: var info }) => (MessageVerdict.Accept, info),
            _ => (MessageVerdict.Reject, null),
        };
    }

    private (MessageVerdict Verdict, object? Value) JudgeBlock(Block block)
    {
        var authentication = block.Authenticate();
        if (config.RequireBlockSignatures && authentication != BlockAuthentication.Valid) return (MessageVerdict.Reject, null);
        var verdict = block.Validate(LatestTime()) switch
        {
            BlockFault.None => MessageVerdict.Accept,
            BlockFault.FromTheFuture => MessageVerdict.Ignore,
            _ => MessageVerdict.Reject,
        };
        return (verdict, new BlockVerdict(block, authentication == BlockAuthentication.Valid));
    }

    /// <summary>What lies in the future is nobody's fault but a clock's: not forwarded now, judged anew when it comes again.</summary>
    private static MessageVerdict Verdict(TransactionFault fault) => fault switch
    {
        TransactionFault.None => MessageVerdict.Accept,
        TransactionFault.FromTheFuture => MessageVerdict.Ignore,
        _ => MessageVerdict.Reject,
    };

    private ulong LatestTime() => (ulong)Math.Max(0, (config.Time.GetUtcNow() + config.ClockTolerance - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond);

    private sealed record BlockVerdict(Block Block, bool Authenticated);
}
