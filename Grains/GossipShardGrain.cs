using IppanFleet.Ippan;
using Orleans.Runtime;
using Orleans.Streams;
using Orleans.Streams.Core;

namespace IppanFleet.Grains;

/// <inheritdoc cref="IGossipShardGrain"/>
[GrainType("ippan-gossip-shard")]
[ImplicitStreamSubscription(GossipStreams.Blocks)]
[ImplicitStreamSubscription(GossipStreams.Transactions)]
[ImplicitStreamSubscription(GossipStreams.DagVertices)]
[ImplicitStreamSubscription(GossipStreams.PeerInfo)]
public sealed class GossipShardGrain : Grain, IGossipShardGrain, IAsyncBatchObserver<GossipItem>, IStreamSubscriptionObserver
{
    /// <summary>Message ids that a shard remembers: two minutes at some 500 messages a second and shard.</summary>
    internal const int Capacity = 65_536;

    private readonly SeenMessages _seen = new(Capacity);
    private readonly Dictionary<GossipKind, GossipCount> _counts = [];
    private long _batches;

    /// <inheritdoc/>
    public Task OnSubscribed(IStreamSubscriptionHandleFactory handleFactory) => handleFactory.Create<GossipItem>().ResumeAsync(this);

    /// <inheritdoc/>
    public Task OnNextAsync(IList<SequentialItem<GossipItem>> items)
    {
        _batches++;
        foreach (var item in items) Take(item.Item);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task OnCompletedAsync() => Task.CompletedTask;

    /// <inheritdoc/>
    public Task OnErrorAsync(Exception ex) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task<GossipShardSnapshot> Snapshot() =>
        Task.FromResult(new GossipShardSnapshot { Kinds = [.. _counts.Values], Remembered = _seen.Count, Batches = _batches });

    private void Take(GossipItem item)
    {
        var count = _counts.GetValueOrDefault(item.Kind) ?? new GossipCount { Kind = item.Kind };
        _counts[item.Kind] = item.MessageId.Length == Hash32.Size && _seen.TryAdd(new Hash32(item.MessageId))
            ? count with { Accepted = count.Accepted + 1, Bytes = count.Bytes + item.Data.Length }
            : count with { Duplicates = count.Duplicates + 1 };
    }
}
