using System.Runtime.InteropServices;
using IppanFleet.Libp2p.Muxers;

namespace IppanFleet.Libp2p.Protocols.GossipSub;

/// <summary>What waits to be sent to one peer. Subscriptions, GRAFT and PRUNE go first and are never dropped (one entry for each topic of ours at most); then messages; then gossip.</summary>
/// <remarks>Messages and gossip are bounded, and the newest are dropped when their part is full: the peer learns of messages again by gossip. Thread-safe; the one reader is the peer's writer.</remarks>
internal sealed class OutboundQueue
{
    /// <summary>Room kept for the head of the control field.</summary>
    private const int MaxHead = 8;

    private readonly GossipSubOptions _options;
    private readonly Lock _gate = new();
    private readonly AsyncSignal _added;
    private readonly List<(TopicState Topic, bool Subscribe)> _subscriptions = [];
    private readonly List<TopicState> _grafts = [];
    private readonly List<(TopicState Topic, TimeSpan Backoff)> _prunes = [];
    private readonly List<MessageId> _notWanted = [];
    private readonly Queue<byte[]> _messages = new();
    private readonly Queue<byte[]> _gossip = new();
    private int _messageBytes;

    public OutboundQueue(GossipSubOptions options)
    {
        _options = options;
        _added = new AsyncSignal(_gate);
    }

    public int Messages
    {
        get
        {
            lock (_gate) return _messages.Count;
        }
    }

    /// <summary>Whether a message of <paramref name="size"/> bytes would be taken. One message is always taken by an empty queue.</summary>
    public bool HasRoom(int size)
    {
        lock (_gate) return Fits(size);
    }

    /// <summary>Adds a change of our subscriptions; an earlier one of the same topic that was not yet sent is replaced.</summary>
    public void AddSubscription(TopicState topic, bool subscribe)
    {
        lock (_gate)
        {
            for (var i = _subscriptions.Count - 1; i >= 0; i--)
            {
                if (_subscriptions[i].Topic == topic) _subscriptions.RemoveAt(i);
            }
            _subscriptions.Add((topic, subscribe));
            _added.Set();
        }
    }

    public void AddGraft(TopicState topic)
    {
        lock (_gate)
        {
            RemovePrune(topic);
            if (!_grafts.Contains(topic)) _grafts.Add(topic);
            _added.Set();
        }
    }

    /// <summary>Adds a PRUNE; a GRAFT of the same topic that was not yet sent is taken back.</summary>
    public void AddPrune(TopicState topic, TimeSpan backoff)
    {
        lock (_gate)
        {
            _grafts.Remove(topic);
            RemovePrune(topic);
            _prunes.Add((topic, backoff));
            _added.Set();
        }
    }

    public bool TryAddNotWanted(in MessageId id)
    {
        lock (_gate)
        {
            if (_notWanted.Count >= _options.MaxIDontWantIds) return false;
            _notWanted.Add(id);
            _added.Set();
        }
        return true;
    }

    /// <summary>Takes an IDONTWANT back that was not yet sent: the message itself goes there now and tells as much.</summary>
    public void RemoveNotWanted(in MessageId id)
    {
        lock (_gate) _notWanted.Remove(id);
    }

    public bool TryAddMessage(byte[] frame)
    {
        lock (_gate)
        {
            if (!Fits(frame.Length)) return false;
            _messages.Enqueue(frame);
            _messageBytes += frame.Length;
            _added.Set();
        }
        return true;
    }

    /// <summary>Adds an encoded IHAVE or IWANT entry.</summary>
    public bool TryAddGossip(byte[] entry)
    {
        lock (_gate)
        {
            if (_gossip.Count >= _options.MaxQueuedGossip) return false;
            _gossip.Enqueue(entry);
            _added.Set();
        }
        return true;
    }

    /// <summary>Takes as much as one RPC holds; false when nothing waits.</summary>
    public bool TryTake(OutboundRpc rpc)
    {
        rpc.Clear();
        lock (_gate)
        {
            var limit = _options.CoalescingLimit - MaxHead;
            TakeSubscriptions(rpc, limit);
            TakeMeshControl(rpc, limit);
            if (_notWanted.Count > 0)
            {
                var count = Math.Min(_notWanted.Count, Math.Max(1, (limit - rpc.Size) / (MessageId.MaxSize + 3)));
                rpc.AddControl(ControlEncoder.IDontWant(CollectionsMarshal.AsSpan(_notWanted)[..count]));
                _notWanted.RemoveRange(0, count);
            }
            while (_messages.TryPeek(out var frame) && (rpc.IsEmpty || rpc.Size + frame.Length <= _options.CoalescingLimit))
            {
                rpc.AddMessage(frame);
                _messages.Dequeue();
                _messageBytes -= frame.Length;
            }
            while (_messages.Count == 0 && _gossip.TryPeek(out var entry) && (rpc.IsEmpty || rpc.Size + entry.Length <= limit))
            {
                rpc.AddControl(entry);
                _gossip.Dequeue();
            }
        }
        return !rpc.IsEmpty;
    }

    /// <summary>Waits until there is something to take.</summary>
    public ValueTask WaitAsync(CancellationToken cancellationToken)
    {
        lock (_gate) return IsEmpty ? _added.WaitAsync(cancellationToken) : ValueTask.CompletedTask;
    }

    /// <summary>Drops all that waits: the stream it was meant for is gone.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            _subscriptions.Clear();
            _grafts.Clear();
            _prunes.Clear();
            _notWanted.Clear();
            _messages.Clear();
            _gossip.Clear();
            _messageBytes = 0;
        }
    }

    private bool IsEmpty => _messages.Count == 0 && _gossip.Count == 0 && _notWanted.Count == 0 && _prunes.Count == 0 && _grafts.Count == 0 && _subscriptions.Count == 0;

    private bool Fits(int size) => _messages.Count == 0 || (_messages.Count < _options.MaxQueuedMessages && _messageBytes + size <= _options.MaxQueuedBytes);

    private void RemovePrune(TopicState topic)
    {
        for (var i = _prunes.Count - 1; i >= 0; i--)
        {
            if (_prunes[i].Topic == topic) _prunes.RemoveAt(i);
        }
    }

    private void TakeSubscriptions(OutboundRpc rpc, int limit)
    {
        var taken = 0;
        for (; taken < _subscriptions.Count && (rpc.IsEmpty || rpc.Size + Topic.MaxBytes + MaxHead <= limit); taken++)
        {
            ControlEncoder.WriteSubscription(rpc.Subscriptions, _subscriptions[taken].Topic, _subscriptions[taken].Subscribe);
        }
        _subscriptions.RemoveRange(0, taken);
    }

    private void TakeMeshControl(OutboundRpc rpc, int limit)
    {
        var taken = 0;
        for (; taken < _prunes.Count && (rpc.IsEmpty || rpc.Size + Topic.MaxBytes + MaxHead + MaxHead <= limit); taken++)
        {
            ControlEncoder.WritePrune(rpc.Control, _prunes[taken].Topic, _prunes[taken].Backoff);
        }
        _prunes.RemoveRange(0, taken);
        taken = 0;
        for (; taken < _grafts.Count && (rpc.IsEmpty || rpc.Size + Topic.MaxBytes + MaxHead <= limit); taken++)
        {
            ControlEncoder.WriteGraft(rpc.Control, _grafts[taken]);
        }
        _grafts.RemoveRange(0, taken);
    }
}
