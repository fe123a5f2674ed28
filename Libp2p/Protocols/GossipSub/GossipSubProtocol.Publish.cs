using System.Buffers.Binary;
using System.Text;

namespace IppanFleet.Libp2p.Protocols.GossipSub;

/// <summary>What we send: own messages, with back-pressure.</summary>
public sealed partial class GossipSubProtocol
{
    private ulong _sequence;
    private TaskCompletionSource? _room;

    /// <summary>Signs and publishes <paramref name="data"/>: to all subscribers with flood publishing, else to the mesh, or to the fanout of a topic that we do not subscribe to.</summary>
    /// <remarks>Waits while the queues of all recipients are full. Peers whose queue alone is full miss the message and learn of it by gossip. We do not receive our own messages, and they are not
    /// validated.</remarks>
    /// <exception cref="OperationCanceledException">Cancelled while waiting; the message was not published.</exception>
    public ValueTask<PublishOutcome> PublishAsync(Topic topic, ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default)
    {
        if (_stopping.IsCancellationRequested) return new(new PublishOutcome(PublishStatus.Stopped, 0, default));
        if (data.Length > _options.MaxMessageSize) return new(new PublishOutcome(PublishStatus.TooLarge, 0, default));
        var sequence = Interlocked.Increment(ref _sequence);
        var id = IdOf(topic, sequence, data.Span);
        lock (_gate)
        {
            if (_router.IsKnown(id, Now)) return new(new PublishOutcome(PublishStatus.Duplicate, 0, id));
        }
        var frame = SignedMessage.Sign(_swarm.Identity, topic, sequence, data.Span);
        lock (_gate)
        {
            if (_router.TryPublish(topic, id, frame, Now) is { } outcome) return new(outcome);
        }
        return PublishWhenRoomAsync(topic, id, frame, cancellationToken);
    }

    /// <summary>Wakes publishers that wait for room; called whenever a queue was taken from.</summary>
    internal void RoomMade()
    {
        if (Volatile.Read(ref _room) is null) return;
        TaskCompletionSource? room;
        lock (_gate)
        {
            room = _room;
            _room = null;
        }
        room?.TrySetResult();
    }

    private async ValueTask<PublishOutcome> PublishWhenRoomAsync(Topic topic, MessageId id, byte[] frame, CancellationToken cancellationToken)
    {
        var deadline = Now + _options.PublishTimeout;
        while (true)
        {
            Task room;
            lock (_gate)
            {
                // First the promise to be woken, then the look at the queues: a writer that makes room in between is not missed.
                _room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                room = _room.Task;
                if (_stopping.IsCancellationRequested) return new PublishOutcome(PublishStatus.Stopped, 0, id);
                if (_router.TryPublish(topic, id, frame, Now) is { } outcome) return outcome;
            }
            var left = deadline - Now;
            if (left <= TimeSpan.Zero) return new PublishOutcome(PublishStatus.QueuesFull, 0, id);
            try
            {
                await room.WaitAsync(left, _swarm.Time, cancellationToken).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                return new PublishOutcome(PublishStatus.QueuesFull, 0, id);
            }
        }
    }

    private MessageId IdOf(Topic topic, ulong sequence, ReadOnlySpan<byte> data)
    {
        Span<byte> number = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(number, sequence);
        Span<byte> name = stackalloc byte[Topic.MaxBytes];
        var length = Encoding.UTF8.GetBytes(topic.Name, name);
        return _options.MessageIdFunction(new MessageContent { From = _swarm.Identity.Id.Bytes, SequenceNumber = number, Topic = name[..length], Data = data });
    }
}
