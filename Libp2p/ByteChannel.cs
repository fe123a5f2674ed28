namespace IppanFleet.Libp2p;

/// <summary>A reliable, ordered, two-way flow of bytes: what a transport gives, what Noise wraps, what a muxer runs over, and what each of its streams is.</summary>
/// <remarks>One reader and one writer at a time; the two may run at the same time. <see cref="Abort"/> may come from anywhere.</remarks>
public abstract class ByteChannel : IAsyncDisposable
{
    /// <summary>Reads at least one byte into <paramref name="buffer"/>; 0 means the remote closed its direction. With an empty buffer it waits until something can be read and returns 0,
    /// so that an idle channel holds no buffer.</summary>
    /// <exception cref="ChannelException">The channel was reset, aborted, or broke a rule.</exception>
    public abstract ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default);

    /// <summary>Takes all of <paramref name="data"/> over, waiting while the remote is slow. The memory may be reused once this returns.</summary>
    /// <exception cref="ChannelException">The channel was reset or aborted, or this direction is closed.</exception>
    public abstract ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default);

    /// <summary>Closes our direction after what was written (half-close); reading goes on.</summary>
    public abstract ValueTask CloseWriteAsync(CancellationToken cancellationToken = default);

    /// <summary>Ends both directions at once; pending reads and writes fail with <paramref name="fault"/>. Never blocks; calling it again does nothing.</summary>
    public abstract void Abort(ChannelFault fault = ChannelFault.Aborted, string? rule = null);

    /// <summary>Ends the channel if it has not ended and releases what it holds.</summary>
    public virtual ValueTask DisposeAsync()
    {
        Abort();
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }
}

/// <summary>Why a channel ended otherwise than by closing.</summary>
public enum ChannelFault
{
    /// <summary>We ended it.</summary>
    Aborted,

    /// <summary>The remote reset it.</summary>
    Reset,

    /// <summary>The layer below was lost.</summary>
    ConnectionLost,

    /// <summary>The remote closed in the middle of something.</summary>
    Truncated,

    /// <summary>The remote broke a rule of the protocol.</summary>
    ProtocolViolation,

    /// <summary>The remote exceeded a limit of ours.</summary>
    LimitExceeded,

    /// <summary>The remote took too long.</summary>
    TimedOut,

    /// <summary>Our own direction is closed.</summary>
    WriteClosed,
}

/// <summary>A channel ended: why, and by which rule.</summary>
public sealed class ChannelException(ChannelFault fault, string? rule = null, Exception? inner = null)
    : IOException(rule is null ? Describe(fault) : $"{Describe(fault)}: {rule}", inner)
{
    /// <summary>The kind of end.</summary>
    public ChannelFault Fault { get; } = fault;

    /// <summary>The rule that the remote broke, or the limit that it exceeded, where there is one.</summary>
    public string? Rule { get; } = rule;

    private static string Describe(ChannelFault fault) => fault switch
    {
        ChannelFault.Aborted => "the channel was aborted",
        ChannelFault.Reset => "the remote reset the channel",
        ChannelFault.ConnectionLost => "the connection was lost",
        ChannelFault.Truncated => "the remote closed before the end",
        ChannelFault.ProtocolViolation => "the remote broke the protocol",
        ChannelFault.LimitExceeded => "the remote exceeded a limit",
        ChannelFault.TimedOut => "the remote took too long",
        ChannelFault.WriteClosed => "our direction is closed",
        _ => "the channel ended",
    };
}
