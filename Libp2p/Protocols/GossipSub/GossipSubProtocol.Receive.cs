using System.Buffers.Binary;
using IppanFleet.Libp2p.Identity;
using IppanFleet.Libp2p.Swarm;

namespace IppanFleet.Libp2p.Protocols.GossipSub;

/// <summary>What peers send us.</summary>
public sealed partial class GossipSubProtocol
{
    /// <inheritdoc/>
    public async ValueTask HandleAsync(PeerStream stream, CancellationToken cancellationToken)
    {
        if (Attach(stream.RemotePeer) is not { } link) return;
        EnterStream(link, stream);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stopping.Token);
        using var reader = new LengthPrefixedReader(stream, _options.MaxRpcSize);
        try
        {
            while (await reader.ReadAsync(either.Token).ConfigureAwait(false) is { } rpc) await ReceiveAsync(link.Peer, rpc).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // The node stops; closing the stream is all that is left to do.
            return;
        }
        finally
        {
            lock (_gate) link.Leave(stream.Connection);
        }
    }

    /// <summary>Judges and applies one RPC.</summary>
    /// <exception cref="ChannelException">It is malformed or exceeds a limit; of an RPC over a limit nothing was applied.</exception>
    internal ValueTask ReceiveAsync(PeerState peer, ReadOnlyMemory<byte> rpc)
    {
        var limits = new RpcLimits(_options);
        switch (RpcWalker.Walk(rpc.Span, ref limits))
        {
            case RpcFault.Malformed: throw new ChannelException(ChannelFault.ProtocolViolation, "a malformed pubsub RPC");
            case RpcFault.Refused: throw new ChannelException(ChannelFault.LimitExceeded, limits.Rule);
        }
        if (limits.Messages > 1) return ReceiveManyAsync(peer, rpc, limits.Messages);
        Apply(peer, rpc, withMessages: true);
        return ValueTask.CompletedTask;
    }

    private async ValueTask ReceiveManyAsync(PeerState peer, ReadOnlyMemory<byte> rpc, int messages)
    {
        var together = new HashSet<MessageId>(messages);
        foreach (var judgement in await MessageBatch.JudgeAsync(rpc, messages, bytes => Judge(peer, bytes, together)).ConfigureAwait(false))
        {
            if (!Conclude(peer, judgement)) throw MalformedMessage();
        }
        Apply(peer, rpc, withMessages: false);
    }

    private void Apply(PeerState peer, ReadOnlyMemory<byte> rpc, bool withMessages)
    {
        var applier = new RpcApplier(this, peer, rpc, withMessages);
        var fault = RpcWalker.Walk(rpc.Span, ref applier);
        NotifyChanges();
        if (fault != RpcFault.None) throw MalformedMessage();
    }

    private static ChannelException MalformedMessage() => new(ChannelFault.ProtocolViolation, "a malformed pubsub message");

    private void EnterStream(PeerLink link, PeerStream stream)
    {
        lock (_gate)
        {
            if (!link.TryEnter(stream.Connection))
            {
                throw new ChannelException(ChannelFault.LimitExceeded, $"more than {_options.MaxInboundStreams} gossip streams of one peer");
            }
            link.Peer.SpeaksIDontWant |= stream.Protocol == Version12;
        }
    }

    /// <summary>What is to be made of one message: cheap checks first, then the signature, then the application.</summary>
    /// <param name="peer">Who brought it.</param>
    /// <param name="bytes">The message.</param>
    /// <param name="together">Ids of the messages that the same RPC brings, or null for its only one: a copy among them costs no second signature check.</param>
    private Judgement Judge(PeerState peer, ReadOnlyMemory<byte> bytes, HashSet<MessageId>? together = null)
    {
        if (!MessageEnvelope.TryRead(bytes.Span, out var envelope)) return new Judgement(Outcome.Malformed);
        var now = Now;
        if (!SignedMessage.IsComplete(envelope) || envelope.Data.Length > _options.MaxMessageSize) return Invalid(peer, envelope.Topic);
        var id = _options.MessageIdFunction(new MessageContent { From = envelope.From, SequenceNumber = envelope.Sequence, Topic = envelope.Topic, Data = envelope.Data });
        var sequence = BinaryPrimitives.ReadUInt64BigEndian(envelope.Sequence);
        TopicState? topic;
        PeerId? author;
        lock (_gate)
        {
            if (!_router.TryFindTopic(envelope.Topic, out topic) || !topic.IsSubscribed)
            {
                _router.Counters.UnknownTopic++;
                return default;
            }
            if (_router.Admit(peer, id, envelope.From, sequence, topic, now, out author) != Admission.New) return default;
            if (together is not null && !together.Add(id))
            {
                _router.Counters.Duplicates++;
                return default;
            }
        }
        if (author is null && !PeerId.TryFromBytes(envelope.From, out author)) return Invalid(peer, envelope.Topic);
        var message = new GossipMessage
        {
            Author = author,
            Source = peer.Id,
            Topic = topic.Topic,
            SequenceNumber = sequence,
            Id = id,
            Data = bytes.Slice(envelope.DataOffset, envelope.Data.Length),
            ReceivedAt = _swarm.Time.GetUtcNow(),
        };
        var verdict = Ask(message, screen: true, out _);
        if (verdict == MessageVerdict.Reject) return Invalid(peer, envelope.Topic);
        object? decoded = null;
        if (verdict == MessageVerdict.Accept)
        {
            if (!SignedMessage.Verify(envelope)) return Invalid(peer, envelope.Topic);
            if (envelope.Data.Length >= _options.IDontWantThreshold)
            {
                lock (_gate) _router.AnnounceNotWanted(peer, topic, id);
            }
            verdict = Ask(message, screen: false, out decoded);
        }
        return new Judgement(Outcome.Judged) { Verdict = verdict, Topic = topic, Message = message, Decoded = decoded, Bytes = bytes, At = now };
    }

    /// <summary>Gives a judgement its effect; false when the message was malformed.</summary>
    private bool Conclude(PeerState peer, in Judgement judgement)
    {
        if (judgement.Outcome != Outcome.Judged) return judgement.Outcome != Outcome.Malformed;
        var topic = judgement.Topic!;
        if (judgement.Verdict == MessageVerdict.Accept)
        {
            Accept(peer, judgement);
            return true;
        }
        lock (_gate)
        {
            if (judgement.Verdict == MessageVerdict.Reject) _router.Reject(peer, topic, judgement.Message.Id, judgement.At);
            else _router.Ignore(topic);
        }
        GossipSubLog.MessageJudged(_logger, judgement.Message.Id, peer.Id, topic.Topic.Name, judgement.Verdict);
        return true;
    }

    private void Accept(PeerState peer, in Judgement judgement)
    {
        var (topic, message) = (judgement.Topic!, judgement.Message);
        var frame = SignedMessage.Frame(judgement.Bytes.Span);
        lock (_gate)
        {
            if (!_router.Accept(peer, message.Author, message.SequenceNumber, topic, message.Id, frame, judgement.At)) return;
        }
        GossipSubLog.MessageJudged(_logger, message.Id, peer.Id, topic.Topic.Name, MessageVerdict.Accept);
        try
        {
            _handler.Receive(message, judgement.Decoded);
        }
        catch (Exception e)
        {
            GossipSubLog.HandlerFaulted(_logger, peer.Id, SafeText.Shorten(topic.Topic.Name), e);
        }
    }

    private MessageVerdict Ask(in GossipMessage message, bool screen, out object? decoded)
    {
        decoded = null;
        try
        {
            return screen ? _handler.Screen(message) : _handler.Validate(message, out decoded);
        }
        catch (Exception e)
        {
            GossipSubLog.HandlerFaulted(_logger, message.Source, SafeText.Shorten(message.Topic.Name), e);
            return MessageVerdict.Ignore;
        }
    }

    /// <summary>Counts a message without a valid signature, number or author against the peer that brought it.</summary>
    private Judgement Invalid(PeerState peer, ReadOnlySpan<byte> utf8)
    {
        lock (_gate)
        {
            if (_router.TryFindTopic(utf8, out var topic) && topic.IsSubscribed) _router.Invalid(peer, topic);
            else _router.Counters.UnknownTopic++;
        }
        return default;
    }

    /// <summary>The visit that comes second, to an RPC within the limits: each part takes effect.</summary>
    private readonly struct RpcApplier(GossipSubProtocol node, PeerState peer, ReadOnlyMemory<byte> rpc, bool withMessages) : IRpcVisitor
    {
        public bool Message(int offset, int length) => !withMessages || node.Conclude(peer, node.Judge(peer, rpc.Slice(offset, length)));

        public bool Subscription(ReadOnlySpan<byte> topic, bool subscribe)
        {
            lock (node._gate) node._router.ReceiveSubscription(peer, topic, subscribe, node.Now);
            return true;
        }

        public bool Graft(ReadOnlySpan<byte> topic)
        {
            lock (node._gate) node._router.ReceiveGraft(peer, topic, node.Now);
            return true;
        }

        public bool Prune(ReadOnlySpan<byte> topic, ulong backoff)
        {
            lock (node._gate) node._router.ReceivePrune(peer, topic, backoff, node.Now);
            return true;
        }

        public bool IHave(ReadOnlySpan<byte> topic, MessageIdList ids)
        {
            lock (node._gate) node._router.ReceiveIHave(peer, topic, ids, node.Now);
            return true;
        }

        public bool IWant(MessageIdList ids)
        {
            lock (node._gate) node._router.ReceiveIWant(peer, ids);
            return true;
        }

        public bool IDontWant(MessageIdList ids)
        {
            lock (node._gate) node._router.ReceiveIDontWant(peer, ids, node.Now);
            return true;
        }
    }
}
