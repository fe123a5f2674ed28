using IppanFleet.Libp2p.Identity;

namespace IppanFleet.Libp2p.Swarm;

/// <summary>A stream to a peer on which a protocol has been agreed.</summary>
public sealed class PeerStream(ByteChannel channel, PeerConnection connection, string protocol, Direction direction) : ByteChannel
{
    /// <summary>The protocol that was agreed on.</summary>
    public string Protocol { get; } = protocol;

    /// <summary>Who opened it.</summary>
    public Direction Direction { get; } = direction;

    /// <summary>The connection that carries it.</summary>
    public PeerConnection Connection { get; } = connection;

    /// <summary>The authenticated peer at the other end.</summary>
    public PeerId RemotePeer => Connection.RemotePeer;

    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => channel.ReadAsync(buffer, cancellationToken);

    /// <inheritdoc/>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default) => channel.WriteAsync(data, cancellationToken);

    /// <inheritdoc/>
    public override ValueTask CloseWriteAsync(CancellationToken cancellationToken = default) => channel.CloseWriteAsync(cancellationToken);

    /// <summary>What the stream holds of our limits, when we opened it.</summary>
    internal ResourceLease? Lease { get; init; }

    /// <inheritdoc/>
    public override void Abort(ChannelFault fault = ChannelFault.Aborted, string? rule = null)
    {
        channel.Abort(fault, rule);
        GiveBack();
    }

    /// <inheritdoc/>
    public override ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        GiveBack();
        return channel.DisposeAsync();
    }

    private void GiveBack()
    {
        if (Lease is not null) Connection.GiveBack(Lease);
    }
}
