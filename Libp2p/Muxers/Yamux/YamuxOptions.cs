namespace IppanFleet.Libp2p.Muxers.Yamux;

/// <summary>The bounds of a Yamux connection.</summary>
public sealed record YamuxOptions
{
    /// <summary>The window of a new stream, in bytes, that both sides begin with (spec §Flow Control).</summary>
    public const uint InitialWindow = 256 * 1024;

    /// <summary>The largest receive window that a stream grows to, in bytes. It doubles each time that half of it was read within four round trips. Default 4 MiB.</summary>
    public uint MaxReceiveWindow { get; init; } = 4 * 1024 * 1024;

    /// <summary>What the grown windows of all streams of one connection may add up to beyond <see cref="InitialWindow"/> each, in bytes. Default 16 MiB.</summary>
    public long MaxGrownWindows { get; init; } = 16 * 1024 * 1024;

    /// <summary>Streams that the remote may have open at a time; further ones are reset. Default 512.</summary>
    public int MaxInboundStreams { get; init; } = 512;

    /// <summary>Streams that we may have open at a time. Default 1,024.</summary>
    public int MaxOutboundStreams { get; init; } = 1024;

    /// <summary>Bytes that wait to be sent before writers wait. Default 256 KiB.</summary>
    public int MaxPendingBytes { get; init; } = 256 * 1024;

    /// <summary>Answers (pings, resets, window updates) that may wait to be sent: a remote that asks and never reads loses its connection. Default 4,096.</summary>
    public int MaxPendingControlFrames { get; init; } = 4096;

    /// <summary>Streams that the remote may open and reset within <see cref="ResetBudgetPeriod"/>. Default 2,000.</summary>
    public int ResetBudget { get; init; } = 2000;

    /// <summary>The period of <see cref="ResetBudget"/>. Default 10 s.</summary>
    public TimeSpan ResetBudgetPeriod { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long the goodbye of a graceful close may take. Default 1 s.</summary>
    public TimeSpan CloseTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a stream that we disposed of may stay half open before it is reset. Default 30 s.</summary>
    public TimeSpan LingerTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How often the remote is pinged, which measures the round trip; zero or less for never. Default 30 s, as go-libp2p does.</summary>
    public TimeSpan KeepAliveInterval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a remote may leave a ping unanswered, and send nothing else either, before the connection is ended. Default 10 s, as go-libp2p does.</summary>
    public TimeSpan KeepAliveTimeout { get; init; } = TimeSpan.FromSeconds(10);
}
