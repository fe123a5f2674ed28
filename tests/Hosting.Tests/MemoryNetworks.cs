using System.Collections.Concurrent;
using System.Threading.Channels;
using IppanFleet.Grains;
using IppanFleet.Hosting.Nodes;
using IppanFleet.Ippan;
using IppanFleet.Libp2p.Identity;
using IppanFleet.P2P;

namespace IppanFleet.Hosting.Tests;

/// <summary>Networks that hand everything to each other at once. What they refuse or lose, a test says.</summary>
internal sealed class MemoryNetworks : INodeNetworkFactory
{
    internal ConcurrentDictionary<string, MemoryNode> Nodes { get; } = new();

    /// <summary>While false, no node finds peers.</summary>
    internal volatile bool HasPeers = true;

    public INodeNetwork Create(NodeSpec spec, PeerIdentity identity, IReadOnlyList<string> siblings) => new MemoryNode(this, spec.Name, identity.Id.ToString());

    internal sealed class MemoryNode(MemoryNetworks all, string name, string peerId) : INodeNetwork
    {
        private readonly Channel<NetworkEvent> _events = Channel.CreateBounded<NetworkEvent>(1_000);

        private readonly TaskCompletionSource _broken = new();

        public string PeerId => peerId;

        public IReadOnlyList<string> Addresses { get; private set; } = [];

        public IAsyncEnumerable<NetworkEvent> Events => _events.Reader.ReadAllAsync();

        private int PeerCount => all.HasPeers ? all.Nodes.Count - 1 : 0;

        internal void Break(string reason) => _broken.TrySetException(new IOException(reason));

        public async Task RunAsync(CancellationToken cancellationToken)
        {
            all.Nodes[name] = this;
            Addresses = [$"/memory/{name}/p2p/{peerId}"];
            try
            {
                await _broken.Task.WaitAsync(cancellationToken);
            }
            finally
            {
                all.Nodes.TryRemove(name, out _);
                _events.Writer.TryComplete();
            }
        }

        public Task WaitUntilListeningAsync(CancellationToken cancellationToken = default) => Addresses.Count > 0 ? Task.CompletedTask : throw new InvalidOperationException("not running");

        public Task WaitUntilReadyAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;

        public ValueTask<BroadcastOutcome> BroadcastBlockAsync(Block block, CancellationToken cancellationToken = default)
        {
            var payload = new NetworkMessage.BlockMessage(block).Encode();
            return Send(new NetworkEvent.BlockReceived(block, peerId, payload) { At = DateTimeOffset.UtcNow, MessageId = Blake3.Hash(payload) });
        }

        public ValueTask<BroadcastOutcome> BroadcastTransactionAsync(Transaction transaction, CancellationToken cancellationToken = default)
        {
            var payload = new NetworkMessage.TransactionMessage(transaction).Encode();
            return Send(new NetworkEvent.TransactionReceived(transaction, peerId, payload) { At = DateTimeOffset.UtcNow, MessageId = Blake3.Hash(payload) });
        }

        public Task DialAsync(string address, CancellationToken cancellationToken = default) => Task.CompletedTask;

        public void ApplyAccess(IReadOnlyCollection<string> protectedPeers)
        {
            // Nobody connects here.
        }

        public NodeNetworkSnapshot Snapshot() => new()
        {
            Peers = [.. Enumerable.Range(0, PeerCount).Select(i => new PeerSnapshot { PeerId = $"p{i}", Address = "" })],
            Topics = [.. new[] { IppanTopics.Blocks, IppanTopics.Transactions }.Select(topic => new TopicSnapshot { Topic = topic, Mesh = [.. Enumerable.Range(0, PeerCount).Select(i => $"p{i}")] })],
        };

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        private ValueTask<BroadcastOutcome> Send(NetworkEvent message)
        {
            var peers = all.Nodes.Values.Where(node => node != this).ToArray();
            foreach (var peer in peers) peer._events.Writer.TryWrite(message);
            return ValueTask.FromResult(new BroadcastOutcome(peers.Length > 0 ? BroadcastResult.Sent : BroadcastResult.NoPeers, peers.Length));
        }
    }
}
