using System.Runtime.CompilerServices;
using IppanFleet.Ippan;
using IppanFleet.Libp2p.Identity;
using IppanFleet.P2P;

namespace IppanFleet.Testing;

/// <summary>One life of a node: what it hears is entered in the book, and the test can end it as a crash would.</summary>
internal sealed class ObservedNetwork(
    string name, string silo, PeerIdentity identity, INodeNetwork inner, IReadOnlyList<FaultyTransport> transports, NodeRegistry registry, DeliveryBook book) : INodeNetwork
{
    private readonly CancellationTokenSource _kill = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _isSevered;

    internal string Name => name;

    internal string Silo => silo;

    internal PeerIdentity Identity => identity;

    internal bool IsUp => !_isSevered && Addresses.Count > 0 && registry.Find(name) == this;

    /// <summary>Whether it is in a mesh of each topic that a node needs.</summary>
    internal bool IsJoined => IsUp && Snapshot().Topics.Count(topic => topic.Topic is IppanTopics.Blocks or IppanTopics.Transactions && topic.Mesh.Count > 0) == 2;

    /// <summary>Ends when this life has.</summary>
    internal Task Ended => _ended.Task;

    public string PeerId => inner.PeerId;

    public IReadOnlyList<string> Addresses => inner.Addresses;

    public IAsyncEnumerable<NetworkEvent> Events => WatchAsync();

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        registry.Started(this);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _kill.Token);
        try
        {
            await inner.RunAsync(either.Token).ConfigureAwait(false);
            if (_kill.IsCancellationRequested && !cancellationToken.IsCancellationRequested) throw new IOException("the test has killed it");
        }
        finally
        {
            registry.Ended(this);
            _ended.TrySetResult();
        }
    }

    public Task WaitUntilListeningAsync(CancellationToken cancellationToken = default) => inner.WaitUntilListeningAsync(cancellationToken);

    public Task WaitUntilReadyAsync(CancellationToken cancellationToken = default) => inner.WaitUntilReadyAsync(cancellationToken);

    public ValueTask<BroadcastOutcome> BroadcastBlockAsync(Block block, CancellationToken cancellationToken = default) => inner.BroadcastBlockAsync(block, cancellationToken);

    public ValueTask<BroadcastOutcome> BroadcastTransactionAsync(Transaction transaction, CancellationToken cancellationToken = default) =>
        inner.BroadcastTransactionAsync(transaction, cancellationToken);

    public Task DialAsync(string address, CancellationToken cancellationToken = default) => inner.DialAsync(address, cancellationToken);

    public void ApplyAccess(IReadOnlyCollection<string> protectedPeers) => inner.ApplyAccess(protectedPeers);

    public NodeNetworkSnapshot Snapshot() => inner.Snapshot();

    public async ValueTask DisposeAsync()
    {
        await inner.DisposeAsync().ConfigureAwait(false);
        registry.Ended(this);
        _ended.TrySetResult();
    }

    /// <summary>Cuts the node off, as the death of its process does: no byte and no goodbye leaves it any more.</summary>
    internal async Task SeverAsync()
    {
        _isSevered = true;
        registry.Ended(this);
        foreach (var transport in transports) await transport.SeverAsync().ConfigureAwait(false);
    }

    /// <summary>Cuts it off and lets its network fault, which its silo notices.</summary>
    internal async Task KillAsync()
    {
        await SeverAsync().ConfigureAwait(false);
        await _kill.CancelAsync().ConfigureAwait(false);
    }

    private async IAsyncEnumerable<NetworkEvent> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (var heard in inner.Events.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            if (heard is NetworkEvent.BlockReceived block) book.Arrived(name, block.Block.Id, block.At);
            else if (heard is NetworkEvent.TransactionReceived transaction) book.Arrived(name, transaction.Transaction.Id, transaction.At);
            yield return heard;
        }
    }
}
