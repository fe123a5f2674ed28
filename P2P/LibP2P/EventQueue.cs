using System.Threading.Channels;

namespace IppanFleet.P2P.LibP2P;

/// <summary>Events that wait for their consumer. When it is slow, the newest are dropped and counted: from three quarters on all but blocks and peers' comings and goings, at the bound everything.</summary>
internal sealed class EventQueue(int capacity)
{
    private readonly Channel<NetworkEvent> _channel = Channel.CreateBounded<NetworkEvent>(new BoundedChannelOptions(capacity) { SingleReader = true });
    private long _dropped;

    internal long Dropped => Interlocked.Read(ref _dropped);

    internal IAsyncEnumerable<NetworkEvent> All => _channel.Reader.ReadAllAsync();

    internal void Add(NetworkEvent happened)
    {
        var important = happened is NetworkEvent.BlockReceived or NetworkEvent.PeerConnected or NetworkEvent.PeerDisconnected;
        if ((!important && _channel.Reader.Count >= capacity / 4 * 3) || !_channel.Writer.TryWrite(happened)) Interlocked.Increment(ref _dropped);
    }

    internal void Complete() => _channel.Writer.TryComplete();
}
