using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using IppanFleet.Libp2p.Identity;

namespace IppanFleet.Libp2p.Protocols.GossipSub;

/// <summary>The frames of the last heartbeats, for peers that ask for them (GossipSub 1.0 §Message cache). Bounded by heartbeats and by bytes; the oldest go first.</summary>
internal sealed class MessageCache(GossipSubOptions options)
{
    private readonly Dictionary<MessageId, Entry> _entries = [];
    private readonly Queue<(MessageId Id, TopicState Topic)> _order = new();

    /// <summary>Messages of each heartbeat, the current one first.</summary>
    private readonly int[] _windows = new int[options.HistoryLength];

    public int Count => _entries.Count;

    public long Bytes { get; private set; }

    public void Add(in MessageId id, TopicState topic, byte[] frame)
    {
        if (!_entries.TryAdd(id, new Entry { Frame = frame })) return;
        _order.Enqueue((id, topic));
        _windows[0]++;
        Bytes += frame.Length;
        for (var oldest = _windows.Length - 1; Bytes > options.MaxHistoryBytes && _order.Count > 1;)
        {
            if (_windows[oldest] == 0) oldest--;
            else RemoveOldest(ref _windows[oldest]);
        }
    }

    /// <summary>The frame for a peer that asked for it; null when we do not have it, or when it was sent to that peer often enough.</summary>
    public byte[]? Request(in MessageId id, PeerId peer, out bool known)
    {
        ref var entry = ref CollectionsMarshal.GetValueRefOrNullRef(_entries, id);
        known = !System.Runtime.CompilerServices.Unsafe.IsNullRef(ref entry);
        if (!known) return null;
        entry.Requests ??= [];
        ref var count = ref CollectionsMarshal.GetValueRefOrAddDefault(entry.Requests, peer, out _);
        return ++count > options.GossipRetransmission ? null : entry.Frame;
    }

    public bool TryGet(in MessageId id, [NotNullWhen(true)] out byte[]? frame)
    {
        frame = _entries.TryGetValue(id, out var entry) ? entry.Frame : null;
        return frame is not null;
    }

    /// <summary>Adds the ids of the heartbeats that are gossiped about to their topics' <see cref="TopicState.GossipIds"/>.</summary>
    public void CollectGossip()
    {
        var recent = 0;
        for (var i = 0; i < Math.Min(options.HistoryGossip, _windows.Length); i++) recent += _windows[i];
        var skip = _order.Count - recent;
        foreach (var (id, topic) in _order)
        {
            if (skip-- <= 0) topic.GossipIds.Add(id);
        }
    }

    /// <summary>Begins a new heartbeat and forgets the oldest one.</summary>
    public void Shift()
    {
        ref var oldest = ref _windows[^1];
        while (oldest > 0) RemoveOldest(ref oldest);
        Array.Copy(_windows, 0, _windows, 1, _windows.Length - 1);
        _windows[0] = 0;
    }

    private void RemoveOldest(ref int window)
    {
        var (id, _) = _order.Dequeue();
        if (_entries.Remove(id, out var entry)) Bytes -= entry.Frame.Length;
        window--;
    }

    private struct Entry
    {
        public byte[] Frame;
        public Dictionary<PeerId, int>? Requests;
    }
}
