using IppanFleet.Libp2p.Identity;
using IppanFleet.Libp2p.Multiformats;
using IppanFleet.Libp2p.Swarm;

namespace IppanFleet.Libp2p.Tests.GossipSub;

/// <summary>A swarm whose clock, connections and streams a test makes.</summary>
internal sealed class FakeSwarm : ISwarm
{
    private readonly Dictionary<PeerId, PeerConnection> _connections = [];

    public FakeTime Clock { get; } = new();

    public PeerIdentity Identity { get; } = PeerIdentity.Generate();

    public TimeProvider Time => Clock;

    public ResourceLedger Ledger { get; } = new(new SwarmOptions());

    /// <summary>What opening a stream does.</summary>
    public Func<ByteChannel> Open { get; set; } = static () => new SinkChannel();

    public int Opened { get; private set; }

    public PeerConnection Connect(PeerIdentity remote)
    {
        var connection = new PeerConnection(remote.PublicKey, Multiaddr.Parse("/memory/1"), Multiaddr.Parse("/memory/2"), Direction.Inbound, Clock.GetUtcNow());
        _connections[remote.Id] = connection;
        return connection;
    }

    public ValueTask<PeerStream> OpenStreamAsync(PeerId peer, IReadOnlyList<string> protocols, CancellationToken cancellationToken)
    {
        Opened++;
        return new(new PeerStream(Open(), _connections[peer], protocols[0], Direction.Outbound));
    }

    public PeerConnection? FindConnection(PeerId peer) => _connections.GetValueOrDefault(peer);

    public void Disconnect(PeerId peer, string rule) => _connections.Remove(peer);
}

/// <summary>Takes writes and forgets them, and has nothing to read; or holds both up until it is aborted.</summary>
internal sealed class SinkChannel(bool stalls = false) : ByteChannel
{
    private readonly TaskCompletionSource _stalled = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string? AbortedFor { get; private set; }

    public int Writes { get; private set; }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (stalls) await _stalled.Task.WaitAsync(cancellationToken);
        return 0;
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default)
    {
        Writes++;
        return stalls ? new(_stalled.Task.WaitAsync(cancellationToken)) : ValueTask.CompletedTask;
    }

    public override ValueTask CloseWriteAsync(CancellationToken cancellationToken = default) => ValueTask.CompletedTask;

    public override void Abort(ChannelFault fault = ChannelFault.Aborted, string? rule = null)
    {
        AbortedFor ??= rule;
        _stalled.TrySetException(new ChannelException(fault, rule));
    }
}
