using IppanFleet.Ippan;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using Orleans.Streams;
using Orleans.Streams.Core;

namespace IppanFleet.Grains;

/// <inheritdoc cref="IGossipShardGrain"/>
/// <remarks>What is new goes on to the block grains and to the applications' streams, batch by batch. What cannot be kept or passed on is counted and not tried again: the shard knows it by then.</remarks>
[GrainType("ippan-gossip-shard")]
[ImplicitStreamSubscription(GossipStreams.Blocks)]
[ImplicitStreamSubscription(GossipStreams.Transactions)]
[ImplicitStreamSubscription(GossipStreams.DagVertices)]
[ImplicitStreamSubscription(GossipStreams.PeerInfo)]
public sealed partial class GossipShardGrain(ILogger<GossipShardGrain> log) : Grain, IGossipShardGrain, IAsyncBatchObserver<GossipItem>, IStreamSubscriptionObserver
{
    /// <summary>Message ids that a shard remembers: two minutes at some 500 messages a second and shard.</summary>
    internal const int Capacity = 65_536;

    private readonly SeenMessages _seen = new(Capacity);
    private readonly Dictionary<GossipKind, GossipCount> _counts = [];
    private long _batches;
    private long _blocksKept;
    private long _failed;
    private string _lastFault = "";

    /// <inheritdoc/>
    public Task OnSubscribed(IStreamSubscriptionHandleFactory handleFactory) => handleFactory.Create<GossipItem>().ResumeAsync(this);

    /// <inheritdoc/>
    public async Task OnNextAsync(IList<SequentialItem<GossipItem>> items)
    {
        _batches++;
        var fresh = new List<GossipItem>(items.Count);
        foreach (var item in items)
        {
            if (IsNew(item.Item)) fresh.Add(item.Item);
        }

        if (fresh.Count == 0) return;
        await KeepBlocksAsync(fresh);
        await PassOnAsync(fresh);
    }

    /// <inheritdoc/>
    public Task OnCompletedAsync() => Task.CompletedTask;

    /// <inheritdoc/>
    public Task OnErrorAsync(Exception ex) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task<GossipShardSnapshot> Snapshot() => Task.FromResult(
        new GossipShardSnapshot { Kinds = [.. _counts.Values], Remembered = _seen.Count, Batches = _batches, BlocksKept = _blocksKept, Failed = _failed });

    private static string AcceptedOf(GossipKind kind) => kind switch
    {
        GossipKind.Block => GossipStreams.AcceptedBlocks,
        GossipKind.Transaction => GossipStreams.AcceptedTransactions,
        GossipKind.DagVertex => GossipStreams.AcceptedDagVertices,
        _ => GossipStreams.AcceptedPeerInfo,
    };

    private bool IsNew(GossipItem item)
    {
        var count = _counts.GetValueOrDefault(item.Kind) ?? new GossipCount { Kind = item.Kind };
        var isNew = item.MessageId.Length == Hash32.Size && _seen.TryAdd(new Hash32(item.MessageId));
        _counts[item.Kind] = isNew ? count with { Accepted = count.Accepted + 1, Bytes = count.Bytes + item.Data.Length } : count with { Duplicates = count.Duplicates + 1 };
        return isNew;
    }

    /// <summary>All blocks of a batch at the same time: their writes share a transaction.</summary>
    private Task KeepBlocksAsync(List<GossipItem> fresh)
    {
        List<Task>? writes = null;
        foreach (var item in fresh)
        {
            if (item.Kind == GossipKind.Block && item.ContentId.Length == Hash32.Size) (writes ??= []).Add(KeepBlockAsync(item));
        }

        return writes is null ? Task.CompletedTask : Task.WhenAll(writes);
    }

    private async Task KeepBlockAsync(GossipItem item)
    {
        try
        {
            var grain = GrainFactory.GetGrain<IBlockGrain>(Convert.ToHexStringLower(item.ContentId));
            if (await grain.Keep(new BlockRecord { Id = item.ContentId, Data = item.Data, Node = item.Node, At = item.At })) _blocksKept++;
        }
        catch (Exception e)
        {
            Fail(1, "kept", e);
        }
    }

    private async Task PassOnAsync(List<GossipItem> fresh)
    {
        try
        {
            // A batch comes from one stream, so it is of one kind.
            var stream = StreamId.Create(AcceptedOf(fresh[0].Kind), this.GetPrimaryKeyString());
            await this.GetStreamProvider(GossipStreams.Applications).GetStream<GossipItem>(stream).OnNextBatchAsync(fresh);
        }
        catch (Exception e)
        {
            Fail(fresh.Count, "passed on to applications", e);
        }
    }

    private void Fail(int messages, string what, Exception fault)
    {
        _failed += messages;
        // The same fault is told once.
        if (fault.Message != _lastFault) LogFailed(this.GetPrimaryKeyString(), what, fault.Message);
        _lastFault = fault.Message;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Messages of shard {Shard} could not be {What}: {Reason}")]
    private partial void LogFailed(string shard, string what, string reason);
}
