namespace IppanFleet.Libp2p.Protocols.GossipSub;

/// <summary>The messages of one RPC, judged on several cores at once: under load peers send many in one RPC, and each costs a signature check.</summary>
/// <remarks>The read loop takes part and waits for the others, so the bytes stay where they were received, no queue grows, and what follows the judgement keeps the order of the RPC.</remarks>
internal sealed class MessageBatch : IThreadPoolWorkItem
{
    private readonly Func<ReadOnlyMemory<byte>, Judgement> _judge;
    private readonly ReadOnlyMemory<byte> _rpc;
    private readonly (int Offset, int Length)[] _parts;
    private readonly Judgement[] _judgements;
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _taken, _left;
    private Exception? _fault;

    private MessageBatch(ReadOnlyMemory<byte> rpc, (int Offset, int Length)[] parts, Func<ReadOnlyMemory<byte>, Judgement> judge)
    {
        (_rpc, _parts, _judge) = (rpc, parts, judge);
        _judgements = new Judgement[parts.Length];
        _left = parts.Length;
    }

    /// <summary>Judges each of the <paramref name="count"/> messages of <paramref name="rpc"/>; the judgements stand in their order.</summary>
    internal static async ValueTask<Judgement[]> JudgeAsync(ReadOnlyMemory<byte> rpc, int count, Func<ReadOnlyMemory<byte>, Judgement> judge)
    {
        var collector = new Collector(new (int, int)[count]);
        RpcWalker.Walk(rpc.Span, ref collector);
        var batch = new MessageBatch(rpc, collector.Parts, judge);
        for (var helpers = Math.Min(Environment.ProcessorCount, count) - 1; helpers > 0; helpers--) ThreadPool.UnsafeQueueUserWorkItem(batch, preferLocal: false);
        ((IThreadPoolWorkItem)batch).Execute();
        await batch._done.Task.ConfigureAwait(false);
        return batch._fault is null ? batch._judgements : throw batch._fault;
    }

    /// <summary>Takes messages until none is left. A helper that comes late finds nothing to do.</summary>
    void IThreadPoolWorkItem.Execute()
    {
        for (int index; (index = Interlocked.Increment(ref _taken) - 1) < _parts.Length;)
        {
            try
            {
                _judgements[index] = _judge(_rpc.Slice(_parts[index].Offset, _parts[index].Length));
            }
            catch (Exception e)
            {
                // Nobody stands above a pool thread: the read loop throws it.
                _fault = e;
            }
            if (Interlocked.Decrement(ref _left) == 0) _done.SetResult();
        }
    }

    private struct Collector((int Offset, int Length)[] parts) : IRpcVisitor
    {
        private int _count;

        public readonly (int Offset, int Length)[] Parts => parts;

        public bool Message(int offset, int length)
        {
            parts[_count++] = (offset, length);
            return true;
        }

        public readonly bool Subscription(ReadOnlySpan<byte> topic, bool subscribe) => true;

        public readonly bool Graft(ReadOnlySpan<byte> topic) => true;

        public readonly bool Prune(ReadOnlySpan<byte> topic, ulong backoff) => true;

        public readonly bool IHave(ReadOnlySpan<byte> topic, MessageIdList ids) => true;

        public readonly bool IWant(MessageIdList ids) => true;

        public readonly bool IDontWant(MessageIdList ids) => true;
    }
}
